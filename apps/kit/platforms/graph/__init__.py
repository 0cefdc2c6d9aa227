"""Meta's Graph API, which Facebook, Instagram and WhatsApp share."""

"""What Facebook, Instagram and WhatsApp share in the sandbox: Meta's Graph API."""

"""WhatsApp: the Cloud API and its webhook."""

from kit.platforms.whatsapp.client import WhatsAppClient
from kit.platforms.whatsapp.events import (
    Delivery,
    DeliveryStatus,
    Echo,
    Incoming,
    read_events,
)
from kit.platforms.whatsapp.pairing import Connected, LoggedOut, QrCode, WhatsAppPairing
from kit.platforms.whatsapp.webhook import InvalidSignature, WhatsAppWebhook

__all__ = [
    "Connected",
    "Delivery",
    "DeliveryStatus",
    "Echo",
    "Incoming",
    "InvalidSignature",
    "LoggedOut",
    "QrCode",
    "WhatsAppClient",
    "WhatsAppPairing",
    "WhatsAppWebhook",
    "read_events",
]

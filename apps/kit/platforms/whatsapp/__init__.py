"""WhatsApp: the Cloud API and its webhook."""

from kit.platforms.whatsapp.client import WhatsAppClient
from kit.platforms.whatsapp.events import Delivery, DeliveryStatus, Incoming, read_events
from kit.platforms.whatsapp.webhook import InvalidSignature, WhatsAppWebhook

__all__ = [
    "Delivery",
    "DeliveryStatus",
    "Incoming",
    "InvalidSignature",
    "WhatsAppClient",
    "WhatsAppWebhook",
    "read_events",
]

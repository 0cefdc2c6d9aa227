"""The WhatsApp Cloud API as the sandbox plays it, in memory."""

from kit.sandbox.whatsapp.admin import whatsapp_admin_routes
from kit.sandbox.whatsapp.pairing import session_routes
from kit.sandbox.whatsapp.routes import whatsapp_routes
from kit.sandbox.whatsapp.state import WhatsAppState

__all__ = ["WhatsAppState", "session_routes", "whatsapp_admin_routes", "whatsapp_routes"]

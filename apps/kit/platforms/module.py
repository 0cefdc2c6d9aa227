"""The module that gives an app its platforms."""

from __future__ import annotations

import httpx2

from hutch import Module, bind
from kit.platforms.facebook import FacebookClient
from kit.platforms.http import http_client
from kit.platforms.instagram import InstagramClient
from kit.platforms.linkedin import LinkedInClient
from kit.platforms.settings import PlatformSettings
from kit.platforms.whatsapp import WhatsAppClient, WhatsAppWebhook
from kit.platforms.x import XClient


def platforms_module() -> Module:
    """Provide the platform adapters, over one shared HTTP client."""
    adapters = [
        XClient,
        LinkedInClient,
        FacebookClient,
        InstagramClient,
        WhatsAppClient,
        WhatsAppWebhook,
    ]
    return Module(
        "platforms",
        providers=[PlatformSettings, bind(httpx2.AsyncClient).open(http_client), *adapters],
        exports=[*adapters],
    )

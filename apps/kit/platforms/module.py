"""The module that gives an app its platforms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache

import httpx2

from hutch import Module, bind
from kit.client import http_client
from kit.platforms.facebook import FacebookClient
from kit.platforms.instagram import InstagramClient
from kit.platforms.linkedin import LinkedInClient
from kit.platforms.settings import PlatformSettings
from kit.platforms.whatsapp import WhatsAppClient, WhatsAppPairing, WhatsAppWebhook
from kit.platforms.x import XClient


async def _open(settings: PlatformSettings) -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(settings.read_timeout) as client:
        yield client


@cache
def platforms_module() -> Module:
    """Provide the platform adapters, over one shared HTTP client; always the same module."""
    adapters = [
        XClient,
        LinkedInClient,
        FacebookClient,
        InstagramClient,
        WhatsAppClient,
        WhatsAppPairing,
        WhatsAppWebhook,
    ]
    return Module(
        "platforms",
        providers=[PlatformSettings, bind(httpx2.AsyncClient).open(_open), *adapters],
        exports=[PlatformSettings, *adapters],
    )

"""The module that gives an app its platforms."""

from __future__ import annotations

import httpx2

from hutch import Module, bind
from kit.platforms.http import http_client
from kit.platforms.settings import PlatformSettings
from kit.platforms.x import XClient


def platforms_module() -> Module:
    """Provide the platform adapters, over one shared HTTP client."""
    return Module(
        "platforms",
        providers=[PlatformSettings, bind(httpx2.AsyncClient).open(http_client), XClient],
        exports=[XClient],
    )

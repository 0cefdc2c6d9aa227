"""The module that gives an app its marketplaces."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from hutch import Module, bind
from kit.client import http_client
from kit.marketplaces.ebay import EbayClient
from kit.marketplaces.port import Marketplace
from kit.marketplaces.settings import MarketplaceSettings


async def _open(settings: MarketplaceSettings) -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(settings.read_timeout) as client:
        yield client


def marketplaces_module() -> Module:
    """Provide the ``Marketplace``, which is eBay, over an HTTP client of its own."""
    return Module(
        "marketplaces",
        providers=[
            MarketplaceSettings,
            bind(httpx2.AsyncClient).open(_open),
            EbayClient,
            bind(Marketplace).alias(EbayClient),
        ],
        exports=[Marketplace, EbayClient],
    )

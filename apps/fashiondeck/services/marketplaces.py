"""Marketplaces by name, called no more often than each of them allows."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.keys import limit_key
from hutch_ratelimit import Limits, RateLimiter
from kit.marketplaces import EbayClient, Marketplace, Page, Product, Search


@dataclass(slots=True)
class Limited(Marketplace):
    """A marketplace whose every call takes one of the day's.

    Attributes:
        malformed: How many entries could not be read so far.
        total: How many a search finds, by the largest count of the marketplace so far.
    """

    name: str
    marketplace: Marketplace
    limiter: RateLimiter
    limits: Limits
    malformed: int = 0
    total: int = 0

    @property
    def page_size(self) -> int:
        """How many products a full page has."""
        return self.marketplace.page_size

    async def page(self, search: Search, number: int = 0) -> Page:
        """Read one page of a search.

        Raises:
            RateLimited: The day's calls are used up.
            PlatformError: As ``Marketplace.page``.
        """
        await self._take()
        page = await self.marketplace.page(search, number)
        self.malformed += page.malformed
        self.total = max(self.total, page.total)
        return page

    async def product(self, product_id: str) -> Product | None:
        """Look one product up.

        Raises:
            RateLimited: The day's calls are used up.
            PlatformError: As ``Marketplace.product``.
        """
        await self._take()
        return await self.marketplace.product(product_id)

    async def _take(self) -> None:
        await self.limiter.take_or_raise(self.limits[self.name].at(*limit_key(self.name)))


@dataclass(frozen=True, slots=True)
class Marketplaces:
    """The clients of all marketplaces that ``settings.MARKETPLACES`` names."""

    ebay: EbayClient
    limiter: RateLimiter
    limits: Limits

    def open(self, name: str) -> Limited:
        """Return a client of a marketplace, which counts from here on what cannot be read."""
        clients: dict[str, Marketplace] = {"ebay": self.ebay}
        return Limited(name, clients[name], self.limiter, self.limits)

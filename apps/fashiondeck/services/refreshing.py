"""Refreshing: one category of a marketplace, read to its end and written page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fashiondeck import figures
from fashiondeck.keys import FOUND
from fashiondeck.models import Product, Refreshed
from fashiondeck.schemas import EmbedProduct, RefreshProducts
from fashiondeck.services.catalogue import Catalogue, Shelf
from fashiondeck.services.marketplaces import Limited, Marketplaces
from fashiondeck.services.stock import Kept, Stock
from hutch_cache import Cache
from hutch_metrics import Metrics
from kit.marketplaces import Product as Ware
from kit.marketplaces import products


@dataclass(frozen=True, slots=True)
class Refresher:
    """Begins refreshes."""

    catalogue: Catalogue
    marketplaces: Marketplaces
    stock: Stock
    cache: Cache
    metrics: Metrics

    def begin(self, data: RefreshProducts) -> Refresh:
        """Begin the refresh of a category.

        Raises:
            UnknownMarketplace: There is no client for the marketplace.
            UnknownCategory: The settings name no such category.
        """
        shelf = self.catalogue.shelf(data.marketplace, data.category)
        return Refresh(self, shelf, data.limit, self.marketplaces.open(shelf.marketplace))

    async def look(self, product: Product) -> list[EmbedProduct]:
        """Refresh one product; return it if its vector has to be made.

        Raises:
            RateLimited: The day's calls are used up.
            PlatformError: As ``Marketplace.product``.
        """
        ware = await self.marketplaces.open(product.marketplace).product(product.remote_id)
        kept = await self.stock.look(product, ware)
        self.count(kept)
        await self.cache.invalidate(FOUND)
        return kept.unembedded

    def count(self, kept: Kept) -> None:
        """Count what became of products."""
        for fate, number in (("added", kept.added), ("changed", kept.changed)):
            if number:
                self.metrics.add(figures.PRODUCTS, number, fate=fate)


@dataclass(slots=True)
class Refresh:
    """One refresh. Begun again, it ends the same: what is written already is the same row."""

    refresher: Refresher
    shelf: Shelf
    limit: int
    client: Limited
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    seen: int = 0
    added: int = 0
    changed: int = 0

    async def pages(self) -> AsyncIterator[list[EmbedProduct]]:
        """Write page by page; yield of each those products whose vector has to be made.

        Raises:
            RateLimited: The day's calls are used up.
            PlatformError: As ``Marketplace.page``; what was written before stays.
        """
        async for wares in self._read():
            kept = await self.refresher.stock.keep(self.shelf, wares)
            self.seen += len(wares)
            self.added += kept.added
            self.changed += kept.changed
            self.refresher.count(kept)
            if kept.added or kept.changed:
                await self.refresher.cache.invalidate(FOUND)
            yield kept.unembedded

    async def end(self) -> Refreshed:
        """Take off what was not found, and note the end."""
        gone = await self._take_off()
        row = Refreshed(
            marketplace=self.shelf.marketplace,
            category=self.shelf.category,
            began_at=self.began,
            ended_at=datetime.now(UTC),
            seen=self.seen,
            added=self.added,
            changed=self.changed,
            gone=gone,
        )
        # Also where nothing changed: a run before this one may have died after it wrote.
        await self.refresher.cache.invalidate(FOUND)
        await self.refresher.stock.ended(row)
        return row

    async def _take_off(self) -> int | None:
        """Take off what was not found; nothing, where not everything was looked at."""
        cut = self.seen >= self.limit or self.client.total > self.limit
        if cut or self.client.malformed:
            return None
        gone = await self.refresher.stock.take_off(self.shelf, self.began)
        if gone:
            self.refresher.metrics.add(figures.PRODUCTS, gone, fate="gone")
        return gone

    async def _read(self) -> AsyncIterator[list[Ware]]:
        wares: list[Ware] = []
        async for ware in products(self.client, self.shelf.search, self.limit):
            wares.append(ware)
            if len(wares) == self.client.page_size:
                yield wares
                wares = []
        if wares:
            yield wares

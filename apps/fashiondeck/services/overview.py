"""The overview: what operators want to know at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.services.catalogue import Catalogue
from fashiondeck.services.products import Products
from fashiondeck.views import CacheView, CatalogueView, ShelfView
from hutch_cache import Cache


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures of the products and the caches."""

    shelves: Catalogue
    products: Products
    cache: Cache

    async def catalogue(self) -> CatalogueView:
        """Count what is for sale; also in categories that the settings do not name any more."""
        counts = await self.products.counts()
        refreshes = await self.products.refreshes()
        named = {(shelf.marketplace, shelf.category) for shelf in self.shelves.all()}
        shown = [
            ShelfView.of(shelf, counts.get(shelf, (0, 0)), refreshes.get(shelf))
            for shelf in sorted(named | counts.keys())
        ]
        return CatalogueView(
            products=sum(shelf.products for shelf in shown),
            embedded=sum(shelf.embedded for shelf in shown),
            shelves=shown,
        )

    async def caches(self) -> list[CacheView]:
        """Read the figures of each cache, over all processes.

        Raises:
            CacheUnavailable: The cache's server did not answer.
        """
        return [
            CacheView(
                cache=name,
                hits=stats.hits,
                misses=stats.misses,
                errors=stats.errors,
                hit_rate=round(stats.hit_rate, 1),
            )
            for name, stats in (await self.cache.stats()).items()
        ]

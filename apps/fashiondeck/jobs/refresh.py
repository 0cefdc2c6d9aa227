"""The ``product-refresh`` queue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from fashiondeck.jobs.embeddings import embed_calls
from fashiondeck.schemas import MOST_PRODUCTS, RefreshProducts
from fashiondeck.services.catalogue import Catalogue, UnknownCategory, UnknownMarketplace
from fashiondeck.services.products import ProductNotFound, Products
from fashiondeck.services.refreshing import Refresher
from fashiondeck.services.stock import Stock
from hutch import intercept
from hutch_lock import Locks, LockTaken
from hutch_queue import Call, Queue, Snooze, exponential, job, processor
from hutch_ratelimit import SnoozeWhenLimited
from kit.platforms import FailPermanent, SnoozeWhenTold

QUEUE = "product-refresh"
LOW = -10
"""The priority of what nobody waits for."""
LEASE = timedelta(seconds=10)
"""After which a category is free again whose worker has died."""
IN_VAIN = (UnknownMarketplace, UnknownCategory, ProductNotFound, FailPermanent)
"""Errors that the next attempt would meet again."""


@processor(QUEUE, concurrency=2)
@intercept(SnoozeWhenLimited, SnoozeWhenTold)
@dataclass
class RefreshJobs:
    """Refreshes categories, one run at a time for each, and single products."""

    queue: Queue
    locks: Locks
    catalogue: Catalogue
    refresher: Refresher
    products: Products
    stock: Stock

    @job(
        name="refresh-products",
        attempts=3,
        backoff=exponential(2, factor=2),
        timeout=900,
        priority=LOW,
        no_retry=IN_VAIN,
    )
    async def refresh(self, data: RefreshProducts) -> int:
        """Refresh a category; return how many products were seen."""
        async with self._alone(_shelf(data.marketplace, data.category)):
            run = self.refresher.begin(data)
            async for unembedded in run.pages():
                await self.queue.enqueue_all(embed_calls(unembedded))
            return (await run.end()).seen

    @job(name="refresh-product", attempts=3, backoff=exponential(2), no_retry=IN_VAIN)
    async def refresh_one(self, product_id: str) -> None:
        """Look one product up: its price, and how many there are."""
        product = await self.products.get(product_id)
        async with self._alone(_shelf(product.marketplace, product.category)):
            unembedded = await self.refresher.look(product)
            await self.queue.enqueue_all(embed_calls(unembedded))

    @job(name="refresh-everything", attempts=3, backoff=exponential(2, factor=2), priority=LOW)
    async def refresh_everything(self) -> None:
        """Enqueue the refresh of every category of every marketplace, and then the clearing out."""
        shelves = self.catalogue.all()
        await self.queue.enqueue_all(refresh_calls(shelf.everything for shelf in shelves))
        await self.queue.enqueue(RefreshJobs.clear_out(), key="clear-out")

    @job(name="clear-out", attempts=3, backoff=exponential(60), timeout=900, priority=LOW)
    async def clear_out(self) -> None:
        """Delete products that are long gone."""
        await self.stock.clear_out()

    @asynccontextmanager
    async def _alone(self, category: str) -> AsyncIterator[None]:
        """Let one run at a time write a category: another one may have read before it.

        Raises:
            Snooze: There is one; also one that was given up may still be at work.
        """
        try:
            async with self.locks.hold(category, ttl=LEASE):
                yield
        except LockTaken as taken:
            raise Snooze(timedelta(seconds=1)) from taken


def refresh_calls(refreshes: Iterable[RefreshProducts]) -> list[Call[int]]:
    """Make the calls that refresh categories."""
    return [RefreshJobs.refresh(data).with_options(key=_key_of(data)) for data in refreshes]


def _key_of(data: RefreshProducts) -> str:
    """Name a refresh: while one of a category waits or runs there is no second as large."""
    shelf = _shelf(data.marketplace, data.category)
    return shelf if data.limit == MOST_PRODUCTS else f"{shelf}.{data.limit}"


def _shelf(marketplace: str, category: str) -> str:
    return f"{marketplace}-{category}"

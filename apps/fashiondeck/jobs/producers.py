"""Producers: what enqueues jobs, apart from what runs them."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.jobs import analytics, refresh
from fashiondeck.jobs.analytics import AnalyticsJobs
from fashiondeck.jobs.refresh import RefreshJobs, refresh_calls
from fashiondeck.schemas import RefreshProducts
from fashiondeck.services.catalogue import Catalogue
from fashiondeck.services.products import Products
from fashiondeck.settings import FashiondeckSettings
from hutch_queue import Handle, Queue, QueueAdmin, QueueStats, Schedules

DAILY = "daily"
"""What the schedules are called, each in its queue."""


@dataclass(frozen=True, slots=True)
class ProductRefreshProducer:
    """Enqueues refreshes."""

    queue: Queue
    admin: QueueAdmin
    schedules: Schedules
    catalogue: Catalogue
    products: Products
    settings: FashiondeckSettings

    async def add_refresh_job(self, data: RefreshProducts) -> Handle[int]:
        """Enqueue the refresh of a category; while it waits or runs there is no second as large.

        Raises:
            UnknownMarketplace: There is no client for the marketplace; nothing is enqueued.
            UnknownCategory: The settings name no such category; nothing is enqueued.
        """
        self.catalogue.shelf(data.marketplace, data.category)
        [call] = refresh_calls([data])
        return await self.queue.enqueue(call)

    async def add_bulk_refresh_jobs(self, marketplace: str) -> list[Handle[int]]:
        """Enqueue the refreshes of all categories of a marketplace, in one round trip.

        Raises:
            UnknownMarketplace: There is no client for it; nothing is enqueued.
            NoCategories: The settings name none for it; nothing is enqueued.
        """
        shelves = self.catalogue.filled(marketplace)
        return await self.queue.enqueue_all(refresh_calls(shelf.everything for shelf in shelves))

    async def add_product_job(self, product_id: str) -> Handle[None]:
        """Enqueue the refresh of one product.

        Raises:
            ProductNotFound: There is none of this id; nothing is enqueued.
        """
        await self.products.get(product_id)
        return await self.queue.enqueue(RefreshJobs.refresh_one(product_id), key=product_id)

    async def schedule_periodic_refresh(self) -> None:
        """Refresh everything each day at 2:00; said again, it is one schedule still."""
        call = RefreshJobs.refresh_everything()
        await self.schedules.put(DAILY, call, cron="0 2 * * *", tz=self.settings.tz)

    async def get_stats(self) -> QueueStats:
        """Count the jobs of the queue by state."""
        return await self.admin.stats(refresh.QUEUE)


@dataclass(frozen=True, slots=True)
class AnalyticsProducer:
    """Enqueues analytics."""

    queue: Queue
    schedules: Schedules
    settings: FashiondeckSettings

    async def add_digest_job(self) -> Handle[list[str]]:
        """Enqueue the making of insights; while it waits or runs there is no second one."""
        return await self.queue.enqueue(AnalyticsJobs.digest(), key=analytics.QUEUE)

    async def schedule_periodic_digest(self) -> None:
        """Make insights each day at midnight; said again, it is one schedule still."""
        call = AnalyticsJobs.digest()
        await self.schedules.put(DAILY, call, cron="0 0 * * *", tz=self.settings.tz)

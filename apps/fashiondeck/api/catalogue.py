"""The catalogue over HTTP: what is there, and its refresh."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.jobs.producers import ProductRefreshProducer
from fashiondeck.schemas import Enqueued, NewBulkRefresh, NewRefresh, RefreshProducts
from fashiondeck.services.overview import Overview
from fashiondeck.views import CatalogueView, QueueCounts
from hutch.http import controller, get, guard, post
from hutch_auth import OPERATOR, VIEWER, RequireRole


@guard(RequireRole(VIEWER))
@controller("/api/catalogue")
@dataclass
class CatalogueController:
    """Categories of marketplaces."""

    overview: Overview

    @get("/")
    async def show(self) -> CatalogueView:
        """Show how many products are for sale, and how many of them have a vector."""
        return await self.overview.catalogue()


@controller("/api/refreshes")
@dataclass
class RefreshesController:
    """Refreshes of categories."""

    producer: ProductRefreshProducer

    @guard(RequireRole(OPERATOR))
    @post("/", status=202)
    async def one(self, new: NewRefresh) -> Enqueued:
        """Refresh a category of a marketplace."""
        data = RefreshProducts.model_validate(new.model_dump())
        return Enqueued.of(await self.producer.add_refresh_job(data))

    @guard(RequireRole(OPERATOR))
    @post("/bulk", status=202)
    async def all(self, new: NewBulkRefresh) -> list[Enqueued]:
        """Refresh all categories of a marketplace."""
        return [Enqueued.of(h) for h in await self.producer.add_bulk_refresh_jobs(new.marketplace)]

    @guard(RequireRole(VIEWER))
    @get("/stats")
    async def stats(self) -> QueueCounts:
        """Count the jobs of the queue ``product-refresh`` by state."""
        return QueueCounts.of(await self.producer.get_stats())

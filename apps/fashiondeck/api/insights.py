"""Insights over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fashiondeck.jobs.producers import AnalyticsProducer
from fashiondeck.schemas import Enqueued
from fashiondeck.services.queries import Queries
from fashiondeck.views import InsightView
from hutch.http import Query, controller, get, guard, post
from hutch_auth import OPERATOR, VIEWER, RequireRole


@controller("/api/insights")
@dataclass
class InsightsController:
    """What the searches of each day tell."""

    queries: Queries
    producer: AnalyticsProducer

    @guard(RequireRole(VIEWER))
    @get("/")
    async def read(self, days: Annotated[int, Query(ge=1, le=366)] = 7) -> list[InsightView]:
        """Read the insights of the last days that have some, newest first."""
        return [InsightView.of(insight) for insight in await self.queries.insights(days)]

    @guard(RequireRole(OPERATOR))
    @post("/", status=202)
    async def make(self) -> Enqueued:
        """Make the insights now; that of today is made again when the day is over."""
        return Enqueued.of(await self.producer.add_digest_job())

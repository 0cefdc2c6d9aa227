"""The ``analytics`` queue."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.jobs.refresh import LOW
from fashiondeck.services.queries import Queries
from hutch_queue import job, processor

QUEUE = "analytics"


@processor(QUEUE, concurrency=1)
@dataclass
class AnalyticsJobs:
    """Turns the query log into insights."""

    queries: Queries

    @job(name="digest-queries", attempts=1, timeout=600, priority=LOW)
    async def digest(self) -> list[str]:
        """Make the insights that are missing; return their days. Twice it makes the same."""
        return [day.isoformat() for day in await self.queries.digest()]

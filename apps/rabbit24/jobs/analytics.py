"""The ``analytics`` queue."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from hutch import intercept
from hutch_pubsub import Events, EventsUnavailable
from hutch_queue import Queue, cron, exponential, job, processor
from kit.platforms import SnoozeWhenTold
from rabbit24.jobs.final import FINAL
from rabbit24.keys import ANALYTICS_UPDATED
from rabbit24.schemas import Measured, MeasurePost
from rabbit24.services.metrics import Measuring


@processor("analytics", concurrency=5)
@dataclass
class AnalyticsJobs:
    """Measures published posts."""

    queue: Queue
    measuring: Measuring
    events: Events

    @job(name="measure-post", attempts=3, backoff=exponential(1), no_retry=FINAL)
    @intercept(SnoozeWhenTold)
    async def measure(self, data: MeasurePost) -> Measured | None:
        """Store likes, shares and comments, and tell; None where the network shows no post."""
        figures = await self.measuring.measure(data.platform, data.platform_post_id)
        if figures is None:
            return None
        told = Measured(likes=figures.likes, shares=figures.shares, comments=figures.comments)
        with suppress(EventsUnavailable):
            await self.events.publish(ANALYTICS_UPDATED.of(post_id=data.post_id), told)
        return told

    @cron("7 * * * *", overlap=False)
    @job(name="analytics-sweep", attempts=1)
    async def sweep(self) -> int:
        """Enqueue a measurement of every post that was published lately; return how many."""
        count = 0
        async for due in self.measuring.lately():
            await self.enqueue(due)
            count += len(due)
        return count

    async def enqueue(self, due: Iterable[MeasurePost]) -> None:
        """Enqueue measurements; while one of a post waits there is no second."""
        await self.queue.enqueue_all(
            AnalyticsJobs.measure(data).with_options(key=f"{data.platform}-{data.platform_post_id}")
            for data in due
        )

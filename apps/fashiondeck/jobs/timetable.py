"""The timetable: what runs every day, whatever became of the server's data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from fashiondeck.jobs.producers import AnalyticsProducer, ProductRefreshProducer
from hutch_queue import QueueUnavailable

AGAIN = 60.0
"""Seconds after which the schedules are stored again: a server may have lost them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Stores the daily schedules when a worker starts, and again every minute."""

    refreshes: ProductRefreshProducer
    analytics: AnalyticsProducer

    async def store(self) -> None:
        """Store the schedules; those that are there already go on undisturbed.

        Raises:
            QueueUnavailable: The queue's server did not answer.
        """
        await self.refreshes.schedule_periodic_refresh()
        await self.analytics.schedule_periodic_digest()

    async def keep(self) -> None:
        """Store them again and again, until cancelled."""
        while True:
            try:
                await self.store()
            except QueueUnavailable:
                _log.warning("daily schedules are stored when the queue is back")
            await asyncio.sleep(AGAIN)


async def keeping(timetable: Timetable) -> AsyncIterator[None]:
    """Keep the timetable while the app runs."""
    task = asyncio.create_task(timetable.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])

"""Worker: what runs the jobs of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from hutch_queue.names import Queues
from hutch_queue.schedules.ticker import Ticker
from hutch_queue.settings import QueueSettings
from hutch_queue.storage.stores import Stores
from hutch_queue.worker.consumer import Consumer
from hutch_queue.worker.work import Work

REMEDY = "add the class with @processor to the providers, or run its worker elsewhere"

_log = structlog.get_logger(__name__)


class Worker:
    """Runs the jobs of all queues that have a processor here."""

    def __init__(
        self, stores: Stores, queues: Queues, work: Work, ticker: Ticker, settings: QueueSettings
    ) -> None:
        self._store = stores.patient
        self._queues = queues
        self._work = work
        self._ticker = ticker
        self._settings = settings

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs meanwhile.

        On the way out it takes no more, lets those that run finish within the grace
        (``HUTCH_QUEUE__SHUTDOWN_GRACE``) and hands back the rest.
        """
        for queue in sorted({*self._queues.names()} - {*self._work.desks}):
            _log.warning("nobody here runs the jobs of a queue", queue=queue, remedy=REMEDY)
        consumers = [
            Consumer(self._store, desk, self._queues[desk.queue], self._ticker, self._settings)
            for desk in self._work.desks.values()
        ]
        runs = [asyncio.create_task(consumer.run(), name="consumer") for consumer in consumers]
        try:
            yield
        finally:
            for consumer in consumers:
                consumer.stop()
            await asyncio.gather(*runs)


async def work(worker: Worker) -> AsyncIterator[None]:
    """Run the worker as a service of the app."""
    async with worker.running():
        yield

"""The worker of the memory backend: runs jobs as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import chain

from hutch_queue.in_memory import MemoryQueue
from hutch_queue.intake import NewJob
from hutch_queue.settings import QueueSettings
from hutch_queue.ticker import Ticker
from hutch_queue.work import Desk, Work
from hutch_queue.worker import cancel, finish


class MemoryWorker:
    """Runs the jobs of a ``MemoryQueue``; see ``Worker``."""

    def __init__(
        self, queue: MemoryQueue, work: Work, ticker: Ticker, settings: QueueSettings
    ) -> None:
        self._queue = queue
        self._work = work
        self._ticker = ticker
        self._grace = settings.shutdown_grace
        self._running: dict[str, set[asyncio.Task[None]]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs meanwhile."""
        self._running = {queue: set() for queue in self._work.desks}
        loops = [
            asyncio.create_task(self._serve(), name="memory worker"),
            asyncio.create_task(self._ticker.run(self._store), name="memory schedules"),
        ]
        try:
            yield
        finally:
            await cancel(loops)
            await finish(chain.from_iterable(self._running.values()), self._grace)

    async def _serve(self) -> None:
        while True:
            self._queue.changed.clear()
            for desk in self._work.desks.values():
                self._start(desk)
            try:
                async with asyncio.timeout(self._seconds_to_next()):
                    await self._queue.changed.wait()
            except TimeoutError:
                continue

    def _start(self, desk: Desk) -> None:
        running = self._running[desk.queue]
        while len(running) < desk.concurrency and (found := self._queue.take(desk.queue)):
            task = asyncio.create_task(self._queue.run(*found), name=f"job of {desk.queue}")
            running.add(task)
            task.add_done_callback(self._free)

    def _free(self, task: asyncio.Task[None]) -> None:
        for running in self._running.values():
            running.discard(task)
        self._queue.changed.set()

    def _seconds_to_next(self) -> float | None:
        due = self._queue.next_due()
        return None if due is None else max(0.0, (due - datetime.now(UTC)).total_seconds())

    async def _store(self, new: NewJob) -> None:
        self._queue.add(new)

"""Relay: moves committed jobs from the table to their queues.

A row is deleted after its job is stored, so a death in between repeats the storing, never
leaves it out; the queue refuses what it has already.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import compress
from typing import Any

import structlog
from sqlalchemy import Row, delete, select

from hutch_database import Database, Session
from hutch_outbox.settings import OutboxSettings
from hutch_outbox.table import outbox
from hutch_outbox.turn import turn
from hutch_queue import Handover, Prepared

MOST = 500
"""How many jobs one trip to the queue takes at most."""
MOST_TEXT = 1024 * 1024
"""After how many characters it takes no more, so that it is answered in time."""
LAST = 5.0
"""Seconds that a stopping relay has for its last trip."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between attempts while the queue or the database is away."""

_log = structlog.get_logger(__name__)


class Relay:
    """Moves jobs soon after a commit in this process, and looks for others' now and then."""

    def __init__(self, database: Database, handover: Handover, settings: OutboxSettings) -> None:
        self._database = database
        self._handover = handover
        self._interval = settings.interval
        self._nudged = asyncio.Event()
        self._stopping = asyncio.Event()
        self._failing_since: float | None = None

    def nudge(self, *_: object) -> None:
        """Look soon: something was committed."""
        self._nudged.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Move jobs meanwhile; on the way out finish the trip that is under way."""
        task = asyncio.create_task(self._run(), name="outbox relay")
        try:
            yield
        finally:
            self._stopping.set()
            self._nudged.set()
            await asyncio.wait([task], timeout=LAST)
            task.cancel()
            await asyncio.wait([task])

    async def move(self) -> int:
        """Move what is committed; return how many jobs. Those of a full queue stay.

        Raises:
            QueueUnavailable: The queue's server did not answer.
            OSError: The database cannot be reached.
            sqlalchemy.exc.SQLAlchemyError: It refuses.
        """
        total, full = 0, set[str]()
        while not self._stopping.is_set():
            moved = await self._move_batch(full)
            if moved is None:
                break
            total += moved
        return total

    async def _move_batch(self, full: set[str]) -> int | None:
        async with turn(self._database) as session:
            rows = await _read(session, full)
            if not rows:
                return None
            stored = await self._handover.store(
                [Prepared(row.job_id, row.queue, row.job) for row in rows]
            )
            done = list(compress((row.id for row in rows), stored))
            full.update(row.queue for row, ok in zip(rows, stored, strict=True) if not ok)
            await session.execute(delete(outbox).where(outbox.c.id.in_(done)))
        if done:
            _log.info("jobs moved from the outbox", jobs=len(done))
        return len(done)

    async def _run(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._stopping.is_set():
            self._nudged.clear()
            try:
                await self.move()
            except Exception as error:
                # Whatever it is, the rows are still there.
                self._fails(error)
                await _wait(self._stopping, pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                self._works()
                pause = SHORTEST_PAUSE
                await _wait(self._nudged, self._interval)

    def _fails(self, error: Exception) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            _log.warning("outbox cannot be moved", error=type(error).__name__)

    def _works(self) -> None:
        if self._failing_since is not None:
            seconds = round(time.monotonic() - self._failing_since, 3)
            self._failing_since = None
            _log.info("outbox is moved again", seconds=seconds)


async def _read(session: Session, full: set[str]) -> Sequence[Row[Any]]:
    """Read the oldest rows, fewer where they are large."""
    query = select(outbox).where(outbox.c.queue.not_in(full)).order_by(outbox.c.id).limit(MOST)
    rows, size = list[Row[Any]](), 0
    result = await session.stream(query)
    async for row in result:
        rows.append(row)
        size += len(row.job)
        if size >= MOST_TEXT:
            break
    await result.close()
    return rows


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()

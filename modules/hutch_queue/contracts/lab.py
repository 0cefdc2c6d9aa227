"""The jobs that the contract experiments with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from hutch.binding import bind
from hutch.context import current_context
from hutch.interceptors import Invocation, Proceed, intercept
from hutch.module import Module
from hutch.tokens import Inject
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.declare.backoff import fixed
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.jobs import cron, job
from hutch_queue.declare.processors import processor
from hutch_queue.module import queue_module
from hutch_queue.port import Queue

CONCURRENCY = 3


class Parcel(BaseModel):
    """A bit of everything that JSON has no type for."""

    id: UUID
    weight: Decimal
    sent: datetime
    due: date | None = None


@dataclass
class Journal:
    """What the jobs of one app did, in order."""

    entries: list[Any] = field(default_factory=list[Any])
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    peak: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def write(self, entry: Any) -> None:
        """Note something and wake those who wait for it."""
        self.entries.append(entry)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count: int) -> None:
        """Wait until there are that many entries."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.entries) >= count)


class Tray:
    """Lives for one job."""

    def __init__(self, context: JobContext) -> None:
        self.context = context


async def tray(context: JobContext, journal: Journal) -> AsyncIterator[Tray]:
    """Open a tray and note when it is closed."""
    try:
        yield Tray(context)
    finally:
        journal.entries.append("closed")


class Note:
    """An interceptor that notes what it wraps."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Note the job before it runs."""
        self._journal.entries.append((call.kind, call.name))
        return await proceed()


@processor("lab", concurrency=CONCURRENCY)
@dataclass
class Lab:
    """Jobs that do what the contract asks about."""

    journal: Journal
    queue: Queue

    @job
    async def double(self, parcel: Parcel, *, copies: int = 1) -> Parcel:
        """Return the parcel, heavier."""
        return parcel.model_copy(update={"weight": parcel.weight * 2 * copies})

    @job
    async def note(self, text: str) -> None:
        """Note a text."""
        await self.journal.write(text)

    @job(attempts=3, backoff=fixed(0.2))
    async def fail(self, until: int, context: Inject[JobContext] = injected) -> int:
        """Fail until the n-th attempt."""
        await self.journal.write((context.attempt, context.attempts, time.monotonic()))
        if context.attempt < until:
            raise ValueError("not yet")
        return context.attempt

    @job(attempts=1, timeout=0.1)
    async def oversleep(self) -> None:
        """Take longer than allowed."""
        await asyncio.sleep(10)

    @job
    async def wait(self) -> None:
        """Wait for the gate, counting who waits with it."""
        self.journal.running += 1
        self.journal.peak = max(self.journal.peak, self.journal.running)
        await self.journal.write("began")
        await self.journal.gate.wait()
        self.journal.running -= 1
        self.journal.entries.append("ended")

    @job(attempts=1)
    async def scoped(self, broken: bool, tray: Inject[Tray] = injected) -> str:
        """Use an object that lives for the job."""
        if broken:
            raise ValueError("broken")
        return tray.context.id

    @intercept(Note)
    @job
    async def watched(self) -> None:
        """Be wrapped."""

    @job
    async def asked_by(self) -> str:
        """Tell on whose behalf this runs."""
        return str(current_context().get("request_id"))

    @job
    async def chain(self) -> None:
        """Enqueue another job."""
        await self.queue.enqueue(Lab.note("chained"))


@processor("lab-x")
@dataclass
class LabX:
    """A queue whose name begins as the other's."""

    journal: Journal

    @job(name="tell")
    async def note(self, text: str) -> None:
        """Note a text."""
        await self.journal.write(f"x {text}")


@processor("elsewhere")
class Elsewhere:
    """A processor of a queue that nobody declares."""

    @job
    async def run(self) -> None:
        """Never run."""


@processor("clock")
@dataclass
class Clock:
    """A queue that runs by the clock."""

    journal: Journal

    @cron("* * * * * *")
    @job
    async def tick(self, context: Inject[JobContext] = injected) -> None:
        """Note which tick this is."""
        await self.journal.write(context.id)


lab = Module(
    "lab",
    imports=[queue_module("lab"), queue_module("lab-x")],
    providers=[Journal, Lab, LabX, bind(Tray).open(tray).per_request()],
    exports=[Journal, Queue, QueueAdmin],
)
clock = Module(
    "clock",
    imports=[queue_module("clock")],
    providers=[Journal, Clock],
    exports=[Journal, Queue],
)
PARCEL = Parcel(
    id=UUID(int=7), weight=Decimal("0.1"), sent=datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
)

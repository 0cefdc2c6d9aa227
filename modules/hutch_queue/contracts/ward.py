"""The jobs that operators look at, and how a test waits until they see something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from hutch.module import Module
from hutch.testing import Testing
from hutch.tokens import Inject
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.job_info import JobInfo
from hutch_queue.admin.stats import QueueStats
from hutch_queue.contracts.lab import Journal
from hutch_queue.declare.backoff import fixed
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.jobs import job
from hutch_queue.declare.processors import processor
from hutch_queue.module import queue_module
from hutch_queue.port import Queue
from hutch_queue.storage.store import State

T = TypeVar("T")

PATIENCE = 15
"""Seconds until something has to be seen."""
LATER = timedelta(hours=1)


@processor("ward", concurrency=2)
@dataclass
class Ward:
    """Jobs that operators look at."""

    journal: Journal

    @job
    async def note(self, text: str) -> str:
        """Note a text."""
        await self.journal.write(text)
        return text

    @job(attempts=1)
    async def wait(self, context: Inject[JobContext] = injected) -> None:
        """Tell how far it is, and wait for the gate."""
        await context.progress({"done": 1, "of": 2})
        await context.log("first line")
        await context.log("second line")
        await self.journal.write("began")
        await self.journal.gate.wait()

    @job(attempts=2, backoff=fixed(3600))
    async def fail(self, text: str) -> None:
        """Fail until the gate is open."""
        await self.journal.write(text)
        if not self.journal.gate.is_set():
            raise ValueError(f"{text} is ill")


ward = Module(
    "ward",
    imports=[queue_module("ward", "ward-x")],
    providers=[Journal, Ward],
    exports=[Journal, Queue, QueueAdmin],
)


async def until(look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool]) -> T:
    """Look again and again until it is as wanted."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(found := await look()):  # noqa: ASYNC110 - the store sets no event
            await asyncio.sleep(0.01)
        return found


async def in_state(app: Testing, id: str, state: State) -> JobInfo:
    """Wait until a job is in a state."""
    admin = app.get(QueueAdmin)
    return await until(lambda: admin.job("ward", id), lambda info: info.state == state)


async def counted(app: Testing, stats: QueueStats) -> None:
    """Wait until the jobs of the queue are so many in each state."""
    admin = app.get(QueueAdmin)
    await until(lambda: admin.stats("ward"), lambda found: found == stats)


async def failed(app: Testing, *texts: str) -> list[str]:
    """Let jobs fail for good, one after the other; return their ids."""
    queue, admin, ids = app.get(Queue), app.get(QueueAdmin), list[str]()
    for text in texts:
        handle = await queue.enqueue(Ward.fail(text), key=f"ill-{text}")
        await in_state(app, handle.id, "delayed")
        await admin.promote("ward", handle.id)
        await in_state(app, handle.id, "failed")
        ids.append(handle.id)
    return ids


def ids_of(jobs: list[JobInfo]) -> list[str]:
    """Return the ids of jobs."""
    return [info.id for info in jobs]

"""The contract of every backend, as far as a queue has limits for all workers.

``class TestMine(LimitsContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

from hutch.module import Module
from hutch.testing import Testing
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.ward import until
from hutch_queue.declare.jobs import job
from hutch_queue.declare.processors import processor
from hutch_queue.errors import QueueFull
from hutch_queue.module import core_module, queue_module
from hutch_queue.names import Rate
from hutch_queue.port import Queue
from hutch_queue.worker.worker import Worker


@processor("narrow", concurrency=5)
@dataclass
class Narrow:
    """A queue of which two jobs run at once in all workers."""

    journal: Journal

    @job
    async def wait(self) -> None:
        """Wait for the gate, counting who waits with it."""
        self.journal.running += 1
        self.journal.peak = max(self.journal.peak, self.journal.running)
        await self.journal.write("began")
        await self.journal.gate.wait()
        self.journal.running -= 1


@processor("slow", concurrency=5)
@dataclass
class Slow:
    """A queue of which three jobs start in an hour."""

    journal: Journal

    @job
    async def note(self) -> None:
        """Note that it ran."""
        await self.journal.write("ran")


@processor("small", concurrency=5)
@dataclass
class Small:
    """A queue in which three jobs may wait."""

    journal: Journal

    @job
    async def note(self) -> None:
        """Note that it ran."""
        await self.journal.write("ran")


limited = Module(
    "limited",
    imports=[
        queue_module("narrow", concurrency=2),
        queue_module("slow", rate=Rate(3, timedelta(hours=1))),
        queue_module("small", capacity=3),
    ],
    providers=[Journal, Narrow, Slow, Small],
    exports=[Journal, Queue, QueueAdmin],
)


def another_worker(app: Testing) -> AbstractAsyncContextManager[None]:
    """Start a second worker on the app's own store."""
    return app.app.get(Worker, core_module()).running()


class LimitsContract:
    """What every backend does about limits."""

    async def test_concurrency_of_a_queue_holds_over_two_workers(self, start: Start) -> None:
        async with start(limited) as app, another_worker(app):
            journal, admin = app.get(Journal), app.get(QueueAdmin)
            await app.get(Queue).enqueue_all([Narrow.wait() for _ in range(8)])
            await journal.until(2)
            await until(lambda: admin.stats("narrow"), lambda stats: stats.waiting == 6)
            journal.gate.set()
            await until(lambda: admin.stats("narrow"), lambda stats: stats.completed == 8)
            assert journal.peak == 2

    async def test_a_rate_holds_over_two_workers(self, start: Start) -> None:
        async with start(limited) as app, another_worker(app):
            queue, journal, admin = app.get(Queue), app.get(Journal), app.get(QueueAdmin)
            await queue.enqueue_all([Slow.note() for _ in range(5)])
            await journal.until(3)
            await queue.enqueue(Slow.note())  # wakes both
            rest = QueueStats(waiting=3, completed=3)
            assert await until(lambda: admin.stats("slow"), lambda stats: stats == rest)
        assert len(journal.entries) == 3

    async def test_a_full_queue_takes_no_more_until_there_is_room(self, start: Start) -> None:
        async with start(limited, services=False) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            await queue.enqueue(Small.note(), delay=timedelta(hours=1))
            await queue.enqueue(Small.note(), key="k")
            message = await error_of(QueueFull, queue.enqueue_all([Small.note()] * 2))
            assert message.startswith(
                "the queue 'small' is full: 2 jobs wait and 2 more would be above its capacity "
                "of 3. 0 job(s) of this call are stored"
            )
            calls = [Small.note(), Small.note(), Slow.note()]
            assert "1 job(s) of this call" in await error_of(QueueFull, queue.enqueue_all(calls))
            await queue.enqueue(Small.note())
            await error_of(QueueFull, queue.enqueue(Small.note()))
            assert await admin.stats("small") == QueueStats(waiting=2, delayed=1)
            assert await admin.discard("small", "k") == ["k"]
            assert (await queue.enqueue(Small.note())).created

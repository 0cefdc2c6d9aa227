"""A worker that a test moves by hand, on a clock that stands still."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from hutch import Binding, Module, bind
from hutch.testing import Testing, testing
from hutch_queue import Call, Handle, JobInfo, Queue, QueueAdmin
from hutch_queue.module import core_module
from hutch_queue.names import Queues
from hutch_queue.storage.store import Store
from hutch_queue.storage.stores import Stores
from hutch_queue.worker.attempts import Attempts, Held, note_of
from hutch_queue.worker.work import Work

LEASE = 24 * 3600 * 1000


class Clock:
    """The time in microseconds; it begins now, at a whole millisecond."""

    def __init__(self) -> None:
        self.us = time.time_ns() // 1_000_000 * 1000

    def __call__(self) -> int:
        return self.us

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.us / 1_000_000, UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.us += round(seconds * 1_000_000)


class Hand:
    """Runs the jobs of an app that are due, when the test says so."""

    def __init__(self, app: Testing, store: Store, clock: Clock) -> None:
        self.app = app
        self.store = store
        self.clock = clock

    async def enqueue(self, call: Call[Any], **options: Any) -> Handle[Any]:
        return await self.app.get(Queue).enqueue(call, **options)

    async def job(self, handle: Handle[Any]) -> JobInfo:
        return await self.app.get(QueueAdmin).job(handle.queue, handle.id)

    async def run(self, queue: str, *, worker: str = "hand") -> int:
        """Run all that is due in a queue; return how many jobs that were."""
        runs = 0
        while found := await self._turn(queue, worker):
            runs += found
        return runs

    async def waits(self, handle: Handle[Any]) -> list[float]:
        """Run a job to its end, checking that each wait is neither shorter nor longer."""
        found: list[float] = []
        assert await self.run(handle.queue) == 1
        while (info := await self.job(handle)).state == "delayed":
            assert info.due is not None
            found.append((info.due - self.clock.now).total_seconds())
            self.clock.advance(found[-1] - 0.001)
            assert await self.run(handle.queue) == 0
            self.clock.advance(0.001)
            assert await self.run(handle.queue) == 1
        return found

    async def _turn(self, queue: str, worker: str) -> int:
        declared = self.app.app.get(Queues, core_module())[queue]
        desk = self.app.app.get(Work, core_module()).desks[queue]
        await self.store.join(queue, worker, LEASE, "{}", declared.limits)
        turn = await self.store.turn(queue, worker, [], 100, declared.keeping)
        assert turn is not None
        attempts = Attempts(self.store, desk)
        note = partial(note_of, self.store, queue, worker=lambda: worker)
        for claim in turn.claims:
            ended = await attempts.run(Held.of(claim, worker), note)
            done = await self.store.turn(queue, worker, [ended], 0, declared.keeping)
            assert done is not None
            assert not done.refused
        return len(turn.claims)


@asynccontextmanager
async def by_hand(
    module: Module, store: Store, clock: Clock, *overrides: Binding[Any]
) -> AsyncIterator[Hand]:
    """Open a module whose jobs run by hand on this store."""
    stores = bind(Stores).value(Stores(store, store))
    async with testing(module, stores, *overrides) as app:
        yield Hand(app, store, clock)

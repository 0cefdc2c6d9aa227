"""Backlog: what a test asks of the queue in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from hutch.errors import NotStarted
from hutch_queue.declare.calls import Call
from hutch_queue.declare.context import Note
from hutch_queue.names import Queues
from hutch_queue.produce.intake import NewJob
from hutch_queue.produce.record import read_record
from hutch_queue.schedules.ticker import Ticker
from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.store import Ended, Store
from hutch_queue.storage.stores import Stores
from hutch_queue.worker.attempts import Attempts, Held, note_of
from hutch_queue.worker.work import Desk, Work

WORKER = "drain"
LEASE = 24 * 3600 * 1000
PRUNED = 1000
"""How many calls are remembered before those of ended jobs are dropped."""


class Remembering(Protocol):
    """Keeps the calls that producers hand in."""

    def remember(self, new: NewJob) -> None:
        """Keep the call of a job that is to be stored."""
        ...


class MemoryBacklog:
    """Shows and runs the jobs of the memory backend; see ``Backlog``."""

    def __init__(self, stores: Stores, queues: Queues, work: Work, ticker: Ticker) -> None:
        self._store = _memory(stores.fast)
        self._queues = queues
        self._work = work
        self._ticker = ticker
        self._calls: dict[tuple[str, str], Call[Any]] = {}

    def remember(self, new: NewJob) -> None:
        """Keep the call of a job that is to be stored, to show it as it was given."""
        if len(self._calls) >= PRUNED:
            self._calls = {
                (queue, id): call
                for (queue, id), call in self._calls.items()
                if id in self._store.places(queue).jobs
            }
        self._calls[new.queue.name, new.id] = new.call

    @property
    def enqueued(self) -> Sequence[Call[Any]]:
        """The calls that wait, delayed ones included, in the order in which they came."""
        found: list[tuple[int, Call[Any]]] = []
        for queue in self._queues.names():
            places = self._store.places(queue)
            for id in (*places.wait.first(), *places.delayed.first()):
                found.append((places.came[id], self._call(queue, id)))
        return [call for _, call in sorted(found, key=lambda pair: pair[0])]

    async def drain(self) -> int:
        """Run all that is due, and what that enqueues, one by one; return the number of runs.

        Retries follow without their delay. What was enqueued for later waits until
        the clock is there, and so do schedules.
        """
        runs = 0
        while found := sum([await self._run_next(desk) for desk in self._work.desks.values()]):
            runs += found
        return runs

    async def _run_next(self, desk: Desk) -> int:
        queue, store = desk.queue, self._store
        declared = self._queues[queue]
        keep = declared.keeping
        await self._ticker.tick(store, queue)
        await store.join(queue, WORKER, LEASE, "{}", declared.limits)
        turn = await store.turn(queue, WORKER, [], desk.size or 1, keep)
        assert turn is not None
        jobs = [Held.of(claim, WORKER) for claim in turn.claims]
        if jobs:
            await store.turn(queue, WORKER, await self._run(desk, jobs), 0, keep)
        await store.beat(queue, WORKER, 0, "{}", keep, 1)
        return len(jobs)

    async def _run(self, desk: Desk, jobs: Sequence[Held]) -> list[Ended]:
        attempts = Attempts(self._store, desk)
        try:
            if desk.size:
                _, tasks = attempts.start_chunk(jobs, self._note)
                ends = await asyncio.gather(*tasks)
            else:
                ends = [await attempts.run(held, self._note) for held in jobs]
        except asyncio.CancelledError:
            keep = self._queues[desk.queue].keeping
            back = [held.end("snooze") for held in jobs]
            await self._store.turn(desk.queue, WORKER, back, 0, keep)
            raise
        return [replace(end, due=0) if end.kind == "retry" else end for end in ends]

    def _note(self, held: Held) -> Note:
        return note_of(self._store, held.record["queue"], held, lambda: WORKER)

    def _call(self, queue: str, id: str) -> Call[Any]:
        if (queue, id) in self._calls:
            return self._calls[queue, id]
        record = read_record(self._store.places(queue).jobs[id])
        return self._work.desks[queue].tasks[record["function"]].call(record["kwargs"]["data"])


class NoBacklog:
    """Says why a test cannot look into or drain this backend."""

    def remember(self, new: NewJob) -> None:
        """Keep nothing."""

    @property
    def enqueued(self) -> Sequence[Call[Any]]:
        """Refuse.

        Raises:
            NotStarted: Always.
        """
        raise NotStarted(_NO_BACKLOG)

    async def drain(self) -> int:
        """Refuse.

        Raises:
            NotStarted: Always.
        """
        raise NotStarted(_NO_BACKLOG)


_NO_BACKLOG = (
    "the queue's backend is redis, whose jobs only a worker runs: "
    "set HUTCH_QUEUE__BACKEND=memory to look at or drain them in a test."
)


def _memory(store: Store) -> MemoryStore:
    assert isinstance(store, MemoryStore)
    return store

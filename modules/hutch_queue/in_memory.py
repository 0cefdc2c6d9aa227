"""The memory backend: for tests, and for single processes that may lose their jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hutch_queue.calls import Call
from hutch_queue.context import JobContext
from hutch_queue.intake import Intake, NewJob
from hutch_queue.names import Queues
from hutch_queue.port import Handle, QueueStats
from hutch_queue.results import read_result, refuse_failed, refuse_late
from hutch_queue.run import Attempt, Completed, Failed, Outcome, Retry, run
from hutch_queue.work import Task, Work

R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Stored:
    """A live job: it waits or runs."""

    new: NewJob
    due: datetime
    attempt: int = 0
    active: bool = False
    ended: asyncio.Future[Completed | Failed] = field(
        default_factory=asyncio.Future[Completed | Failed]
    )

    async def result(self, timeout: float) -> Any:
        """Wait for the end; see ``Handle.result``."""
        done, _ = await asyncio.wait([self.ended], timeout=timeout)
        if not done:
            refuse_late(self.new, timeout)
        outcome = self.ended.result()
        if isinstance(outcome, Failed):
            refuse_failed(self.new, outcome.error)
        return read_result(self.new, outcome.result)

    def begin(self) -> Attempt:
        """Begin the next attempt."""
        self.active = True
        self.attempt += 1
        new = self.new
        context = JobContext(
            new.id,
            new.queue.name,
            new.call.name,
            self.attempt,
            new.call.job.options.attempts,
            new.enqueued_at,
            new.key,
        )
        return Attempt(context, new.payload, new.carried)


class MemoryQueue:
    """Keeps jobs in this process; what has not run when it ends is lost."""

    def __init__(self, intake: Intake, queues: Queues, work: Work) -> None:
        self._intake = intake
        self._queues = queues
        self._work = work
        self._live: dict[tuple[str, str], Stored] = {}
        self.changed = asyncio.Event()

    async def enqueue(
        self,
        call: Call[R],
        /,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
        at: datetime | None = None,
    ) -> Handle[R]:
        """Keep a job; see ``Queue.enqueue``."""
        return self.add(self._intake.accept(call, key=key, delay=delay, at=at))

    async def enqueue_all(self, calls: Iterable[Call[R]], /) -> list[Handle[R]]:
        """Keep several jobs; see ``Queue.enqueue_all``."""
        return [self.add(new) for new in [self._intake.accept(call) for call in calls]]

    def names(self) -> list[str]:
        """List the declared queues, sorted."""
        return self._queues.names()

    async def stats(self, queue: str) -> QueueStats:
        """Count a queue's jobs; see ``QueueAdmin.stats``."""
        name, now = self._queues[queue].name, datetime.now(UTC)
        jobs = [stored for stored in self._live.values() if stored.new.queue.name == name]
        active = sum(stored.active for stored in jobs)
        later = sum(not stored.active and stored.due > now for stored in jobs)
        return QueueStats(len(jobs) - active - later, active, later)

    @property
    def enqueued(self) -> Sequence[Call[Any]]:
        """The calls that wait, delayed ones included, in the order in which they came."""
        return [stored.new.call for stored in self._live.values() if not stored.active]

    async def drain(self) -> int:
        """Run all that is due, and what that enqueues, one by one; return the number of runs.

        Retries follow without their delay. What was enqueued for later waits until
        the clock is there.
        """
        runs = 0
        while batch := list(self._ready(retries=True)):
            for task, stored in batch:
                if stored.active or stored.ended.done():
                    continue  # a worker took it meanwhile
                await self.run(task, stored)
                runs += 1
        return runs

    def take(self, queue: str) -> tuple[Task, Stored] | None:
        """Take the queue's next job that may run now, None if there is none."""
        found = self._ready(retries=False)
        taken = next((pair for pair in found if pair[0].queue == queue), None)
        if taken:
            taken[1].active = True
        return taken

    def next_due(self) -> datetime | None:
        """Return when the next delayed job may run, None if there is none."""
        now = datetime.now(UTC)
        waiting = (job.due for job in self._live.values() if not job.active and job.due > now)
        return min(waiting, default=None)

    async def run(self, task: Task, stored: Stored) -> None:
        """Run one attempt at a job; cancelled, the job waits again as if not begun."""
        attempt = stored.begin()
        try:
            outcome = await run(task, attempt)
        except asyncio.CancelledError:
            stored.attempt -= 1
            stored.active = False
            raise
        self._settle(stored, outcome)

    def _settle(self, stored: Stored, outcome: Outcome) -> None:
        stored.active = False
        if isinstance(outcome, Retry):
            stored.due = datetime.now(UTC) + timedelta(seconds=outcome.delay)
        else:
            del self._live[stored.new.queue.name, stored.new.id]
            stored.ended.set_result(outcome)

    def _ready(self, *, retries: bool) -> Iterator[tuple[Task, Stored]]:
        now = datetime.now(UTC)
        for stored in sorted(self._live.values(), key=lambda job: job.due):
            desk = self._work.desks.get(stored.new.queue.name)
            task = desk.tasks.get(stored.new.call.name) if desk else None
            due = stored.due <= now or (retries and stored.attempt > 0)
            if task and due and not stored.active:
                yield task, stored

    def add(self, new: NewJob) -> Handle[Any]:
        """Keep a checked job, unless a live one has its key."""
        stored = self._live.setdefault((new.queue.name, new.id), Stored(new, new.due))
        created = stored.new is new
        new.log(created=created)
        self.changed.set()
        return Handle(new.id, new.queue.name, created, stored.result)

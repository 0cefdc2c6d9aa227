"""The Redis backend: SAQ's storage behind the port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from redis.asyncio import Redis as Client
from saq.job import Job, Status
from saq.queue import Queue as AnySaqQueue

from hutch.errors import NotStarted
from hutch_queue.calls import Call
from hutch_queue.errors import QueueUnavailable
from hutch_queue.intake import Intake, NewJob
from hutch_queue.names import Queues
from hutch_queue.port import Handle, QueueStats
from hutch_queue.results import read_result, refuse_failed, refuse_gone, refuse_late
from hutch_queue.saq_job import to_saq
from hutch_queue.saq_queue import SaqQueue
from hutch_queue.settings import QueueSettings
from hutch_redis import AWAY, Redis, load_script

R = TypeVar("R")

TRIP = 500
"""How many jobs one trip stores at most, so that the server never stops for long."""

_enqueue = load_script("hutch_queue", "saq_enqueue")


class RedisQueue:
    """Stores jobs in Redis, as SAQ does."""

    def __init__(
        self, redis: Redis, intake: Intake, queues: Queues, settings: QueueSettings
    ) -> None:
        self._redis = redis
        self._intake = intake
        self._queues = queues
        self._lease = settings.lease
        self._saq: dict[str, SaqQueue] = {}

    async def enqueue(
        self,
        call: Call[R],
        /,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
        at: datetime | None = None,
    ) -> Handle[R]:
        """Store a job; see ``Queue.enqueue``."""
        [handle] = await self._store([self._intake.accept(call, key=key, delay=delay, at=at)])
        return handle

    async def enqueue_all(self, calls: Iterable[Call[R]], /) -> list[Handle[R]]:
        """Store several jobs, up to 500 in one trip; see ``Queue.enqueue_all``."""
        return await self._store([self._intake.accept(call) for call in calls])

    def names(self) -> list[str]:
        """List the declared queues, sorted."""
        return self._queues.names()

    async def stats(self, queue: str) -> QueueStats:
        """Count a queue's jobs; see ``QueueAdmin.stats``."""
        return QueueStats(*await self.saq(queue).depths())

    def saq(self, name: str) -> SaqQueue:
        """Return SAQ's object for a queue.

        Raises:
            UnknownQueue: No module declares it.
        """
        if name not in self._saq:
            declared = self._queues[name].name
            self._saq[declared] = SaqQueue(self._redis.state, declared, self._redis.keys)
        return self._saq[name]

    async def store_once(self, new: NewJob) -> None:
        """Store a job, waiting for Redis, unless a record with its id is kept."""
        await self._redis.patiently(lambda: self._send(self._redis.blocking, [new], once=True))

    async def _store(self, jobs: Sequence[NewJob]) -> list[Handle[Any]]:
        handles: list[Handle[Any]] = []
        for start in range(0, len(jobs), TRIP):
            trip = jobs[start : start + TRIP]
            try:
                created = await self._send(self._redis.state, trip)
            except AWAY as error:
                raise QueueUnavailable(
                    f"Redis did not answer ({type(error).__name__}), so {len(jobs)} job(s) may not "
                    "be stored: enqueue again, with a key where twice would be too many."
                ) from error
            handles += map(self._handle, trip, created)
        return handles

    async def _send(
        self, client: Client, jobs: Sequence[NewJob], *, once: bool = False
    ) -> list[int]:
        keys: list[str] = []
        args: list[str | bytes | float] = []
        for new in jobs:
            queue, job = self.saq(new.queue.name), to_saq(new, self._lease)
            job.queue = queue
            keys += queue.slots(job)
            args += queue.serialize(job), job.scheduled, int(once)
        stored: list[int] = await _enqueue(client, keys, args)
        for new, created in zip(jobs, stored, strict=True):
            new.log(created=bool(created))
        return stored

    def _handle(self, new: NewJob, created: int) -> Handle[Any]:
        async def result(timeout: float) -> Any:
            return await self._result(new, timeout)

        return Handle(new.id, new.queue.name, bool(created), result)

    async def _result(self, new: NewJob, timeout: float) -> Any:
        queue, clock = self.saq(new.queue.name), asyncio.get_running_loop().time
        deadline, pause = clock() + timeout, 0.01
        while True:
            job = await queue.job(new.id)
            if job is None:
                refuse_gone(new)
            if job.completed:
                return _read(new, job)
            if clock() >= deadline:
                refuse_late(new, timeout)
            await asyncio.sleep(min(pause, deadline - clock()))
            pause = min(pause * 1.5, 0.5)


def _read(new: NewJob, job: Job) -> Any:
    if job.status is not Status.COMPLETE:
        refuse_failed(new, job.error or job.status.value)
    return read_result(new, job.result)


class SaqQueues:
    """SAQ's own objects of all queues, for its web UI; none with the memory backend."""

    def __init__(self, queue: RedisQueue | None) -> None:
        self._queue = queue

    def all(self) -> list[AnySaqQueue]:
        """List them, each under the queue's public name."""
        return [self._queue.saq(name) for name in self._queue.names()] if self._queue else []


class NoBacklog:
    """Says why a test cannot look into or drain this backend."""

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

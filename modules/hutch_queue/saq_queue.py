"""SAQ's Redis queue under the app's prefix, with the races of its upkeep closed."""

from __future__ import annotations

import logging
from typing import Any, cast
from urllib.parse import unquote

from redis.asyncio import Redis as Client
from redis.exceptions import WatchError
from saq.job import Job, Status
from saq.queue.redis import PubSubMultiplexer, RedisQueue
from saq.utils import now

from hutch_queue.saq_job import SaqJob
from hutch_redis import Keys

PARKED = 30.0
"""Seconds after which a job that nobody here knows is offered again."""

# At debug level SAQ writes whole jobs, arguments included.
logging.getLogger("saq").setLevel(logging.WARNING)


class SaqQueue(RedisQueue):
    """One queue of the app, for producers: fails when Redis does not answer.

    Args:
        client: Without decoding of responses.
        name: The public name.
        keys: The app's prefix.
    """

    def __init__(self, client: Client, name: str, keys: Keys) -> None:
        self._keys = keys
        self._public = name
        self._job_prefix = keys.key("saq", "job", name) + ":"
        super().__init__(cast(Any, client), name)
        # SAQ listens to all queues whose names begin as this one's.
        self._pubsub = PubSubMultiplexer(cast(Any, client).pubsub(), prefix=self._job_prefix)
        self._unclaimed: set[bytes] = set()

    def __repr__(self) -> str:
        return f"SaqQueue({self.name!r})"

    def namespace(self, key: str) -> str:
        """Return the key of one of the queue's structures."""
        return self._keys.key("saq", self._public, *key.split(":"))

    def job_id(self, job_key: str) -> str:
        """Return the key of a job's record."""
        return self._keys.key("saq", "job", self._public, job_key)

    def job_key_from_id(self, job_id: str) -> str:
        """Return the job's id from the key of its record."""
        return unquote(job_id.removeprefix(self._job_prefix))

    def abort_id(self, job_key: str) -> str:
        """Return the key of a job's abort flag."""
        return self._keys.key("saq", "abort", self._public, job_key)

    def slots(self, job: Job) -> tuple[str, str, str, str]:
        """Return the keys that enqueuing a job touches."""
        job_id = self.job_id(job.key)
        return self._incomplete, job_id, self._queued, self.abort_id(job.key)

    def deserialize(
        self, payload: dict[Any, Any] | str | bytes | None, status: Status | str | None = None
    ) -> Job | None:
        """Read a record."""
        job = super().deserialize(payload, status)  # pyright: ignore[reportUnknownMemberType]
        return SaqJob(**vars(job)) if job else None

    async def depths(self) -> tuple[int, int, int]:
        """Count the waiting, active and scheduled jobs."""
        async with self._transaction() as pipe:
            pipe.llen(self._queued).llen(self._active).zcount(self._incomplete, 1, "inf")
            waiting, active, scheduled = await pipe.execute()
        return waiting, active, scheduled

    async def hand_back(self, job: Job) -> None:
        """Put a taken job first in line again, its attempt not counted."""
        job.status, job.started, job.scheduled = Status.QUEUED, 0, 0
        async with self._transaction() as pipe:
            pipe.lrem(self._active, 0, job.id).lrem(self._queued, 0, job.id)
            pipe.zadd(self._incomplete, {job.id: 0}).lpush(self._queued, job.id)
            await pipe.set(job.id, self.serialize(job)).execute()

    async def park(self, job: Job) -> None:
        """Offer a taken job again after a while, its attempt not counted."""
        job.scheduled, job.retry_delay, job.retry_backoff = 0, PARKED, False
        job.status = Status.QUEUED
        await self._retry(job, None)

    async def sweep(self, lock: int = 60, abort: float = 5.0) -> list[str]:
        """Give the jobs of dead workers to living ones; return their keys.

        A job that was taken but not begun may be in good hands, so it is left alone
        until the next sweep.
        """
        if not await self.redis.set(self._sweep, 1, ex=max(1, lock), nx=True):
            return []
        ids = cast("list[bytes]", await self.redis.lrange(self._active, 0, -1))
        records = await self.redis.mget(ids) if ids else []
        jobs = dict(zip(ids, map(self.deserialize, records), strict=True))
        unclaimed = {key for key, job in jobs.items() if job is None or job.status != Status.ACTIVE}
        dead = {key for key, job in jobs.items() if job and job.stuck}
        suspects = dead | (unclaimed & self._unclaimed)
        self._unclaimed = unclaimed - suspects
        return [key.decode() for key in suspects if await self._recover(key)]

    def _transaction(self) -> Any:
        # Untyped: redis-py's hints take a pipeline's calls for those of a client.
        return self.redis.pipeline(transaction=True)

    async def _recover(self, job_id: bytes) -> bool:
        async with self._transaction() as pipe:
            await pipe.watch(job_id)
            job = self.deserialize(await pipe.get(job_id))
            held = await pipe.lpos(self._active, job_id) is not None
            if not held or (job and job.status == Status.ACTIVE and not job.stuck):
                return False
            pipe.multi()
            pipe.lrem(self._active, 0, job_id)
            if job is None:
                pipe.zrem(self._incomplete, job_id)
            else:
                self._restore(pipe, job)
            try:
                await pipe.execute()
            except WatchError:
                return False
        return True

    def _restore(self, pipe: Any, job: Job) -> None:
        job.error = "The worker died while it ran the job."
        job.touched = now()
        if job.retryable:
            job.status, job.scheduled = Status.QUEUED, 0
            pipe.zadd(self._incomplete, {job.id: 0}).rpush(self._queued, job.id)
            pipe.set(job.id, self.serialize(job))
        else:
            job.status, job.completed = Status.FAILED, now()
            pipe.zrem(self._incomplete, job.id).setex(job.id, job.ttl, self.serialize(job))

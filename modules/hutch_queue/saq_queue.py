"""SAQ's Redis queue under the app's prefix, with the races of its upkeep closed."""

from __future__ import annotations

import json
import logging
from typing import Any, cast
from urllib.parse import unquote

from redis.asyncio import Redis as Client
from redis.exceptions import WatchError
from saq.job import Job, Status
from saq.queue.redis import PubSubMultiplexer, RedisQueue
from saq.types import WorkerInfo
from saq.utils import now

from hutch_queue.saq_job import SaqJob
from hutch_redis import Keys

_HELD = (Status.ACTIVE, Status.ABORTING)

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
        job.retry_delay, job.retry_backoff = PARKED, False
        job.status = Status.QUEUED
        await self._retry(job, None)

    async def abort(self, job: Job, error: str, ttl: float = 5) -> None:
        """Take a waiting job out, or tell its worker to stop it.

        A running job stays in the active list until its worker has stopped it, so that
        it is found when that worker is dead.
        """
        job.status, job.error = Status.ABORTING, error
        async with self._transaction() as pipe:
            pipe.zrem(self._incomplete, job.id).lpos(self._active, job.id)
            pipe.lrem(self._queued, 0, job.id).set(job.abort_id, error, ex=round(ttl))
            _, running, *_ = await pipe.set(job.id, self.serialize(job)).execute()
        if running is None:
            await self.finish(job, Status.ABORTED, error=error)
            await self.redis.delete(job.abort_id)

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        """Show a worker in the list of workers for ``ttl`` seconds."""
        key = self.namespace(f"worker_info:{worker_id}")
        async with self._transaction() as pipe:
            pipe.set(key, json.dumps(info), ex=ttl).zremrangebyscore(self._stats, 0, now())
            pipe.zadd(self._stats, {key: now() + ttl * 1000}).expire(self._stats, ttl)
            await pipe.execute()

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
        unclaimed = {key for key, job in jobs.items() if job is None or job.status not in _HELD}
        dead = {key for key, job in jobs.items() if job and job.stuck}
        suspects = dead | (unclaimed & self._unclaimed)
        self._unclaimed = unclaimed - suspects
        return [key.decode() for key in suspects if await self._recover(key)]

    async def _retry(self, job: Job, error: str | None) -> None:
        # SAQ would restore the old due time beside the new one, and run the job twice.
        job.scheduled = 0
        await super()._retry(job, error)

    async def _finish(
        self, job: Job, status: Status, *, result: Any = None, error: str | None = None
    ) -> None:
        async with self._transaction() as pipe:
            pipe.lrem(self._active, 1, job.id).zrem(self._incomplete, job.id)
            await pipe.set(job.id, self.serialize(job), ex=job.ttl).execute()
        await self.notify(job)

    def _transaction(self) -> Any:
        # Untyped: redis-py's hints take a pipeline's calls for those of a client.
        return self.redis.pipeline(transaction=True)

    async def _recover(self, job_id: bytes) -> bool:
        async with self._transaction() as pipe:
            await pipe.watch(job_id)
            job = self.deserialize(await pipe.get(job_id))
            held = await pipe.lpos(self._active, job_id) is not None
            if not held or (job and job.status in _HELD and not job.stuck):
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
        if job.status is not Status.ABORTING:
            job.error = "The worker died while it ran the job."
        job.touched = now()
        if job.retryable and job.status is not Status.ABORTING:
            job.status, job.scheduled = Status.QUEUED, 0
            pipe.zadd(self._incomplete, {job.id: 0}).rpush(self._queued, job.id)
            pipe.set(job.id, self.serialize(job))
        else:
            aborting = job.status is Status.ABORTING
            job.status = Status.ABORTED if aborting else Status.FAILED
            job.completed = now()
            pipe.zrem(self._incomplete, job.id).set(job.id, self.serialize(job), ex=job.ttl)

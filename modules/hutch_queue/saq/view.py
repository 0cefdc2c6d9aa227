"""View: what SAQ's interface tells of a queue and its jobs."""

from __future__ import annotations

import asyncio
from abc import ABC
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from inspect import isawaitable

from saq.job import Job, Status
from saq.queue.base import Queue
from saq.types import CountKind, ListenCallback, QueueInfo

from hutch_queue.produce.notices import Notices
from hutch_queue.saq.job import LIVE, SaqJob, read_saq_job
from hutch_queue.saq.results import SaqResults
from hutch_queue.saq.workers import read_workers
from hutch_queue.storage.store import State, Store

_STATES: tuple[State, ...] = ("delayed", "waiting", "active", "completed", "failed")
_ALL = 1 << 31


class SaqView(Queue, ABC):
    """The half of SAQ's queue that changes nothing.

    Args:
        name: The queue's public name.
        store: Fails when it does not answer at once.
        notices: Tells of the jobs that end.
    """

    def __init__(self, name: str, store: Store, notices: Notices) -> None:
        super().__init__(name, None, None)
        self._store = store
        self._results = SaqResults(self, store.base(name), notices)

    async def info(self, jobs: bool = False, offset: int = 0, limit: int = 10) -> QueueInfo:
        """Count the jobs; list the workers, and the active and next jobs if asked.

        Args:
            jobs: Whether to list jobs: some that run, then some that will.
            offset: How many of each to leave out.
            limit: How many of each to list.
        """
        counts = await self._store.counts(self.name)
        found = await self._live(offset, limit, counts.waiting) if jobs else []
        return {
            "workers": read_workers(await self._store.workers(self.name), self.name),
            "name": self.name,
            "queued": counts.waiting,
            "active": counts.active,
            "scheduled": counts.delayed,
            "jobs": [job.to_dict() for job in found],
        }

    async def _live(self, offset: int, limit: int, waiting: int) -> list[SaqJob]:
        ids = await self._store.ids(self.name, "active", offset, limit)
        following = await self._store.ids(self.name, "waiting", offset, limit)
        if left := limit - len(following):
            skip = max(0, offset - waiting)
            following += await self._store.ids(self.name, "delayed", skip, left)
        # A job that moves meanwhile is listed twice.
        found = await self._store.read(self.name, list(dict.fromkeys(ids + following)))
        return [read_saq_job(self, stored) for stored in found if stored and stored.state in LIVE]

    async def count(self, kind: CountKind) -> int:
        """Count the jobs that wait, run, or have not ended.

        Raises:
            ValueError: The kind is unknown.
        """
        counts = await self._store.counts(self.name)
        found = {
            "queued": counts.waiting,
            "active": counts.active,
            "incomplete": counts.waiting + counts.delayed + counts.active,
        }
        if kind not in found:
            raise ValueError(f"count({kind!r}): use {', '.join(found)}.")
        return found[kind]

    async def job(self, job_key: str) -> Job | None:
        """Read a job; None if there is none."""
        [found] = await self.jobs([job_key])
        return found

    async def jobs(self, job_keys: Iterable[str]) -> list[Job | None]:
        """Read jobs; None for each that there is not."""
        found = await self._store.read(self.name, list(job_keys))
        return [read_saq_job(self, stored) if stored else None for stored in found]

    async def iter_jobs(
        self, statuses: Iterable[Status] = tuple(Status), batch_size: int = 100
    ) -> AsyncIterator[Job]:
        """Go through all jobs; one that moves meanwhile comes once.

        Args:
            statuses: Which.
            batch_size: How many are read in one trip.
        """
        wanted, seen = set(statuses), set[str]()
        for state in _STATES:
            listed = await self._store.ids(self.name, state, 0, _ALL)
            ids = [id for id in listed if id not in seen]
            seen.update(ids)
            for start in range(0, len(ids), batch_size):
                for job in await self.jobs(ids[start : start + batch_size]):
                    if job and job.status in wanted:
                        yield job

    async def listen(
        self,
        job_keys: Iterable[str],
        callback: ListenCallback,
        timeout: float | None = 10,
        poll_interval: float = 0.5,
    ) -> None:
        """Tell a callback of jobs' states until it returns something true.

        Args:
            job_keys: Which jobs.
            callback: Gets key and status; may be async.
            timeout: Seconds; None waits for ever.
            poll_interval: Seconds after which they are looked at although none has ended.

        Raises:
            TimeoutError: It did not in time.
        """
        looks = self._results.looks(job_keys, poll_interval)
        async with asyncio.timeout(timeout or None), aclosing(looks):
            async for found in looks:
                for job in filter(None, found.values()):
                    told = callback(job.id, job.status)
                    if await told if isawaitable(told) else told:
                        return

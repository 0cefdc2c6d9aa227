"""SAQ's own interface to our store: for its web UI, and for workers of its own."""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from saq.job import Job, Status, get_default_job_key
from saq.queue.base import Queue as AnySaqQueue
from saq.types import WorkerInfo

from hutch_queue.errors import QueueFull, WrongState
from hutch_queue.names import QueueName, Queues
from hutch_queue.produce.notices import Notices
from hutch_queue.produce.record import error_line, meta_of, tail
from hutch_queue.saq.job import SaqJob, entry_of, note_of, read_saq_job, tail_of, taken_job
from hutch_queue.saq.member import Member
from hutch_queue.saq.view import SaqView
from hutch_queue.settings import QueueSettings
from hutch_queue.storage.store import Ended, Kind
from hutch_queue.storage.stores import Stores
from hutch_queue.worker.attempts import Held, leaves, next_of, now
from hutch_queue.worker.consumer import IDLE
from hutch_queue.worker.tasks import cancel

BRIEF = 1.0
"""Seconds that who stops waits for the reply to a claim; it may hold a job, to be given back."""


class SaqQueue(SaqView):
    """One queue, as SAQ's web UI and SAQ's worker use it.

    Only the run that holds a job may end it. Records are JSON, and kept for as long as the
    queue's declaration says, whatever ``ttl`` a job has.

    Args:
        stores: Where the jobs are.
        queue: Its declaration.
        notices: Tells of the jobs that end.
        lease: Seconds without a sign of life after which the jobs taken here are given to others.
    """

    def __init__(self, stores: Stores, queue: QueueName, notices: Notices, lease: float) -> None:
        super().__init__(queue.name, stores.fast, notices)
        self._patient = stores.patient
        self._queue = queue
        self._member = Member(stores.patient, queue, lease)
        self._taking = asyncio.Lock()
        self._sooner = asyncio.Event()

    def __repr__(self) -> str:
        return f"SaqQueue({self.name!r})"

    async def disconnect(self) -> None:
        """Give back what was taken; the connection is the app's."""
        await self._member.leave()

    async def _enqueue(self, job: Job) -> Job | None:
        capacity = self._queue.capacity
        [stored] = await self._store.enqueue([(self.name, [entry_of(job)], capacity)])
        if isinstance(stored, int):
            raise QueueFull(
                f"the queue {self.name!r} is full: {stored} jobs wait, its capacity is {capacity}. "
                "Try later, or start more workers."
            )
        return job if stored[0] else None

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:
        """Take a job; it is active from here on.

        Args:
            timeout: Seconds to wait for one, None if none came; 0 waits for ever.
            poll_interval: Not used: a job that comes wakes who waits.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + timeout if timeout else math.inf
        try:
            async with asyncio.timeout(timeout or None):
                await self._taking.acquire()  # one waits for all slots of the worker
        except TimeoutError:
            return None
        try:
            while True:
                self._sooner.clear()
                job, look = await self._take()
                left = until - clock()
                if job or left <= 0:
                    return job
                await self._wait(min(left, IDLE, IDLE if look is None else look))
        finally:
            self._taking.release()

    async def _take(self) -> tuple[SaqJob | None, float | None]:
        claiming = asyncio.create_task(self._claim())
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(BRIEF):
                    await self._give_back(claiming)
            raise

    async def _give_back(self, claiming: asyncio.Task[tuple[SaqJob | None, float | None]]) -> None:
        job, _ = await claiming
        if job and (held := self._held(job)):
            await self._member.end(held.end("snooze"))

    async def _claim(self) -> tuple[SaqJob | None, float | None]:
        held, look = await self._member.claim()
        if held is None:
            return None, look
        if (expires := meta_of(held.record).get("expires")) and held.started > expires:
            await self._member.end(_too_late(held))
            return None, 0
        if held.claim.attempt == 1:
            return taken_job(self, held), look
        read = self._patient.read
        [stored] = await self._patient.patiently(lambda: read(self.name, [held.claim.id]))
        return taken_job(self, held, read_saq_job(self, stored).meta if stored else None), look

    async def _wait(self, seconds: float) -> None:
        """Wait until a job comes, one is due sooner than was known, or the time is up."""
        sooner = asyncio.create_task(self._sooner.wait())
        coming = asyncio.create_task(self._come(seconds))
        try:
            await asyncio.wait([sooner, coming], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel([sooner, coming])

    async def _come(self, seconds: float) -> None:
        if self._member.quiet:
            await asyncio.sleep(seconds)  # what wakes the others is not for it
            return
        with suppress(*self._patient.away):  # a turn follows, and that one is patient
            await self._patient.wait([self.name], seconds)

    async def _update(self, job: Job, status: Status | None = None, **kwargs: Any) -> None:
        if status is Status.ABORTING:
            await self.abort(job, job.error or "aborted")
        elif held := self._held(job):
            await self._member.note(held, note_of(job, held.claim.attempt))

    async def abort(self, job: Job, error: str, ttl: float = 5) -> None:
        """End a job that does not run yet, or let its worker stop it; an ended one stays as it is.

        Args:
            job: Which.
            error: Why.
            ttl: Not used: whoever runs it hears of it, however late.
        """
        ending = tail("aborted", completed=now(), error=error)
        await self._store.move(self.name, "abort", error, ending, job.key)
        if found := await self.job(job.key):
            job.status, job.error, job.completed = found.status, found.error, found.completed

    async def retry(self, job: Job, error: str | None) -> None:
        """Give a run that failed another try, or run an ended job anew with all its attempts.

        Raises:
            WrongState: The job waits, or somebody else runs it.
        """
        if _is_taken(job) or self._held(job):
            await super().retry(job, error)
        elif not await self._store.move(self.name, "replay", job.key):
            await self._refuse(job, "only one that has ended is tried again")

    async def _retry(self, job: Job, error: str | None) -> None:
        if held := self._held(job):
            line = error_line(held.counted, now(), error or "")
            await self._member.end(held.end("retry", line, job.next_retry_delay()))
            self._sooner.set()

    async def _finish(
        self, job: Job, status: Status, *, result: Any = None, error: str | None = None
    ) -> None:
        if held := self._held(job):
            text, followers = tail_of(job, held.counted), leaves(held)
            if status is Status.COMPLETE:
                followers = [*next_of(self._patient, held), *followers]
            kind: Kind = "complete" if status is Status.COMPLETE else "failed"
            await self._member.end(held.end(kind, text, 0, *followers))
        elif not _is_taken(job) and status is not Status.ABORTED:
            await self._refuse(job, "only the worker that runs it may finish it")

    def _held(self, job: Job) -> Held | None:
        return self._member.holds(job.key, job.fence if isinstance(job, SaqJob) else 0)

    async def _refuse(self, job: Job, why: str) -> NoReturn:
        found = await self.job(job.key)
        state = found.status.value if found else "gone"
        raise WrongState(f"{job.key} in {self.name} is {state}; {why}.")

    def copy(self, job: Job) -> Job:
        """Copy a job, and which run it is."""
        return copy.copy(job)

    async def schedule(self, _lock: int = 1) -> list[str]:
        """Show a sign of life; due jobs are found by who takes jobs."""
        await self._member.beat()
        return []

    async def sweep(self, lock: int = 60, abort: float = 5.0) -> list[str]:
        """Show a sign of life, by which the jobs of dead workers are taken back."""
        await self._member.beat()
        return []

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        """List one of SAQ's workers for ``ttl`` seconds."""
        self._member.tell(worker_id, info, ttl)
        await self._member.beat()

    async def map(
        self,
        job_or_func: str | Job,
        iter_kwargs: Sequence[dict[str, Any]],
        timeout: float | None = None,
        return_exceptions: bool = False,
        poll_interval: float = 0.5,
        **kwargs: Any,
    ) -> list[Any]:
        """Enqueue jobs and wait for their results.

        Args:
            job_or_func: As for ``enqueue``.
            iter_kwargs: What differs, for each of the jobs.
            timeout: Seconds to wait for all of them, and for each to run; by default as long as
                it takes, and each as long as it may.
            return_exceptions: Whether errors stand among the results.
            poll_interval: Seconds after which they are looked at although none has ended.
            kwargs: What they share.

        Raises:
            JobError: One has failed.
            TimeoutError: Some have not ended in time.
        """
        shared = {**kwargs, "timeout": timeout} if timeout else kwargs
        jobs: list[dict[str, Any]] = [
            {"key": get_default_job_key(), **shared, **given} for given in iter_kwargs
        ]
        async with asyncio.timeout(timeout or None):
            for job in jobs:
                await self.enqueue(job_or_func, **job)
            return await self._results.collect(
                dict.fromkeys(job["key"] for job in jobs),
                poll_interval,
                return_exceptions=return_exceptions,
            )


def _too_late(held: Held) -> Ended:
    told = "It was not started in time: `expires` had passed."
    ending = tail("failed", attempts=held.counted, completed=now(), error=told)
    return held.end("failed", ending, 0, *leaves(held))


def _is_taken(job: Job) -> bool:
    return isinstance(job, SaqJob) and job.taken


class SaqQueues:
    """SAQ's own objects of all queues."""

    def __init__(
        self, stores: Stores, queues: Queues, notices: Notices, settings: QueueSettings
    ) -> None:
        self._stores = stores
        self._queues = queues
        self._notices = notices
        self._lease = settings.lease
        self._made: dict[str, SaqQueue] = {}

    def all(self) -> list[AnySaqQueue]:
        """List them, each under the queue's public name; each time the same ones."""
        return [self._made.get(name) or self._make(name) for name in self._queues.names()]

    def _make(self, name: str) -> SaqQueue:
        queue = SaqQueue(self._stores, self._queues[name], self._notices, self._lease)
        self._made[name] = queue
        return queue

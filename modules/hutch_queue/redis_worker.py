"""The worker of the Redis backend: SAQ's, with its own way to take, run and stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import structlog
from saq.job import Job, Status
from saq.types import JobTaskContext
from saq.utils import now
from saq.worker import Worker

from hutch_queue.names import QueueName, Queues
from hutch_queue.on_redis import RedisQueue
from hutch_queue.patient_queue import PatientQueue
from hutch_queue.run import Completed, Failed, Outcome, Retry, run
from hutch_queue.saq_job import attempt_of, seconds
from hutch_queue.settings import QueueSettings
from hutch_queue.ticker import Ticker
from hutch_queue.work import Desk, Task, Work
from hutch_queue.worker import cancel, finish
from hutch_redis import Redis

POLL = 0.5
"""Seconds a slot waits for a job before it looks whether the worker stops."""

_log = structlog.get_logger(__name__)


class RedisWorker:
    """Runs the jobs of all queues that have a processor here; see ``Worker``."""

    def __init__(
        self,
        redis: Redis,
        queue: RedisQueue,
        queues: Queues,
        work: Work,
        ticker: Ticker,
        settings: QueueSettings,
    ) -> None:
        self._redis = redis
        self._queue = queue
        self._queues = queues
        self._work = work
        self._ticker = ticker
        self._settings = settings

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs meanwhile."""
        workers = [self._worker(desk) for desk in self._work.desks.values()]
        runs = [asyncio.create_task(worker.start(), name="saq worker") for worker in workers]
        schedules = asyncio.create_task(self._ticker.run(self._queue.store_once), name="schedules")
        try:
            for worker in workers:
                await worker.started.wait()
            yield
        finally:
            await cancel([schedules])
            for worker in workers:
                worker.event.set()
            await asyncio.gather(*runs)

    def _worker(self, desk: Desk) -> SaqWorker:
        queue = PatientQueue(self._redis, desk.queue)
        return SaqWorker(queue, desk, self._queues[desk.queue], self._settings)


class SaqWorker(Worker[Any]):
    """SAQ's worker of one queue.

    SAQ's upkeep (due jobs, aborts, recovery, worker list) is kept. Taking is done
    by one slot at a time, so that a worker holds one blocking connection.
    """

    SIGNALS: list[signal.Signals] = []  # noqa: RUF012 - as SAQ declares it

    def __init__(
        self, queue: PatientQueue, desk: Desk, name: QueueName, settings: QueueSettings
    ) -> None:
        self.saq = queue
        self.started = asyncio.Event()
        self._desk = desk
        self._name = name
        self._grace = settings.shutdown_grace
        self._beat = settings.lease / 3
        self._taking = asyncio.Lock()
        self._busy: set[asyncio.Task[Any]] = set()
        super().__init__(
            queue,
            [],
            concurrency=desk.concurrency,
            startup=self._note_start,
            timers=cast(Any, {"sweep": seconds(self._beat)}),
            dequeue_timeout=POLL,
            shutdown_grace_period_s=seconds(self._grace),
        )

    async def _note_start(self, _: Any) -> None:
        self.started.set()

    async def stop(self) -> None:
        """Take no more, let running jobs finish within the grace, hand back the rest."""
        self.event.set()
        upkeep = {task for task in self.tasks if task.get_name() != "process"}
        slots = self.tasks - upkeep
        await cancel(upkeep)
        await finish(slots - self._busy, 2 * POLL)
        await finish(slots, self._grace)

    async def process(self) -> bool:
        """Take one job and run it; tell whether there was one."""
        try:
            job = await self._take()
            if job is not None:
                await self._serve(job)
        except Exception as error:
            # The job, if any, stays in the active list and is recovered by a sweep.
            _log.error("worker slot failed", queue=self._desk.queue, error=type(error).__name__)
            await asyncio.sleep(1)
            return False
        return job is not None

    async def _take(self) -> Job | None:
        async with self._taking:
            if self.event.is_set():
                return None
            job = await self.saq.dequeue(self.dequeue_timeout)
        if job is not None and self.event.is_set():
            await self.saq.hand_back(job)
            return None
        return job

    async def _serve(self, job: Job) -> None:
        task = self._desk.tasks.get(job.function)
        if task is None:
            _log.warning("unknown job is parked", job_id=job.key, queue=self._desk.queue)
            await self.saq.park(job)
            return
        slot = asyncio.current_task()
        assert slot is not None
        self._busy.add(slot)
        try:
            await self._run(task, job)
        finally:
            self._busy.discard(slot)

    async def _run(self, task: Task, job: Job) -> None:
        job.started, job.worker_id = now(), self.id
        job.attempts += 1
        await job.update(status=Status.ACTIVE)
        running = asyncio.create_task(run(task, attempt_of(job, self._desk.queue)))
        context = JobTaskContext(task=running, aborted=None)
        self.job_task_contexts[job] = context
        try:
            async with self._beating(job):
                outcome = await running
        except asyncio.CancelledError:
            if context["aborted"] is None:
                await self._hand_back(job)
            return
        finally:
            self.job_task_contexts.pop(job, None)
        await self._settle(job, outcome)

    async def _hand_back(self, job: Job) -> None:
        _log.warning("job is handed back", job_id=job.key, queue=self._desk.queue)
        job.attempts -= 1
        await self.saq.hand_back(job)

    @asynccontextmanager
    async def _beating(self, job: Job) -> AsyncIterator[None]:
        """Show signs of life meanwhile; none comes after the job's last record."""
        ended = asyncio.Event()
        beat = asyncio.create_task(self._beat_until(ended, job), name="heartbeat")
        try:
            yield
        finally:
            ended.set()
            await beat

    async def _beat_until(self, ended: asyncio.Event, job: Job) -> None:
        while not ended.is_set():
            try:
                async with asyncio.timeout(self._beat):
                    await ended.wait()
            except TimeoutError:
                await job.update()

    async def _settle(self, job: Job, outcome: Outcome) -> None:
        match outcome:
            case Completed(result):
                job.ttl = seconds(self._name.keep_completed.total_seconds())
                await job.finish(Status.COMPLETE, result=result)
            case Failed(error):
                job.ttl = seconds(self._name.keep_failed.total_seconds())
                await job.finish(Status.FAILED, error=error)
            case Retry(error, delay):
                job.retry_delay, job.retry_backoff = delay, False
                await job.retry(error)

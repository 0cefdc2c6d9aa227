"""SAQ's own worker, started and stopped by the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from saq.job import Job
from saq.queue.base import Queue
from saq.worker import Worker

TIMERS: Any = {"schedule": 1, "worker_info": 1, "sweep": 1, "abort": 0.05}


class Guest(Worker):  # type: ignore[type-arg]
    """SAQ's worker, which leaves the process's signals alone."""

    SIGNALS: list[Any] = []


@asynccontextmanager
async def working(queue: Queue, functions: dict[str, Any], **options: Any) -> AsyncIterator[Guest]:
    """Run a stock worker beside the test."""
    options.setdefault("timers", TIMERS)
    worker = Guest(queue, list(functions.items()), **options)
    task = asyncio.create_task(worker.start())
    try:
        yield worker
    finally:
        await worker.stop()
        await task


async def add(queue: Queue, function: str, **options: Any) -> Job:
    """Enqueue a job that is new."""
    job = await queue.enqueue(function, **options)
    assert job
    return job


async def take(queue: Queue, key: str) -> Job:
    """Take a job as a worker of SAQ's does."""
    job = await queue.dequeue(timeout=5)
    assert job
    assert job.key == key
    job.attempts += 1
    job.worker_id = "taker"
    return job


async def ended(job: Job) -> Job:
    """Wait until a job has ended."""
    await job.refresh(10)
    return job


async def read(queue: Queue, key: str) -> Job:
    """Read a job that is there."""
    job = await queue.job(key)
    assert job
    return job

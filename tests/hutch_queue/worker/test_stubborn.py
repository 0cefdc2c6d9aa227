"""Jobs that swallow their cancellation, in a worker that is told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.hutch_queue.worker.stubborn import STUBBORN, Stubborn, StubbornChunks, stubborn

from hutch_queue import Queue, QueueAdmin, QueueStats
from hutch_queue.contract import Start
from hutch_queue.contracts.ward import until
from hutch_queue.worker.load import AGAIN, LAST

GRACE = 1


@pytest.fixture
async def worker(redis_url: str, redis_prefix: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process as users start it."""
    told = {
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_QUEUE__BACKEND": "redis",
        "HUTCH_QUEUE__SHUTDOWN_GRACE": str(GRACE),
        "HUTCH_LOG__FORMAT": "json",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hutch", "run", "tests.hutch_queue.worker.stubborn:app"),
        *("--role", "worker"),
        env=os.environ | told,
        stderr=asyncio.subprocess.PIPE,
    )
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.slow
@pytest.mark.req("R24-21", "SD-32")
async def test_a_job_that_swallows_its_cancellation_keeps_no_worker_from_ending(
    on_redis: Any, worker: asyncio.subprocess.Process
) -> None:
    start: Start = on_redis()
    async with start(stubborn, services=False) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        jobs = [
            await queue.enqueue(call)
            for call in (
                Stubborn.swallow(),
                Stubborn.swallow_all(),
                Stubborn.sleep(),
                StubbornChunks.swallow(1),
                StubbornChunks.swallow(2),
            )
        ]

        async def active() -> int:
            return sum([(await admin.stats(queue)).active for queue in STUBBORN])

        await until(active, lambda count: count == len(jobs))
        worker.send_signal(signal.SIGTERM)
        began = time.monotonic()
        async with asyncio.timeout(30):
            _, written = await worker.communicate()
        assert time.monotonic() - began < GRACE + LAST + AGAIN + 5
        assert worker.returncode == 0, written.decode()

        lines = [json.loads(line) for line in written.splitlines() if line.startswith(b"{")]
        told = [line for line in lines if line["event"].startswith("job refuses to end")]
        assert {(line["job_id"], line["job"], line["level"]) for line in told} == {
            (jobs[0].id, "Stubborn.swallow", "error"),
            (jobs[1].id, "Stubborn.swallow_all", "error"),
        }
        back = {line["job_id"] for line in lines if line["event"] == "job is handed back"}
        assert back == {job.id for job in jobs[2:]}
        chunks = [line for line in lines if line["event"].startswith("chunk refuses to end")]
        assert [line["queue"] for line in chunks] == ["stubborn-chunks"]
        for name, waiting in zip(STUBBORN, (3, 2), strict=True):
            assert await admin.stats(name) == QueueStats(waiting=waiting)
            assert await admin.workers(name) == []
        for handle in jobs:
            assert (await admin.job(handle.queue, handle.id)).attempt == 0

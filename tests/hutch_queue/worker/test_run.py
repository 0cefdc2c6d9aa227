"""What becomes of a job whose attempt failed."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from hutch import Module
from hutch.testing import testing
from hutch_queue import (
    JobFailed,
    JobGone,
    Queue,
    QueueAdmin,
    QueueStats,
    job,
    processor,
    queue_module,
)
from hutch_queue.contract import error_of
from hutch_queue.worker.run import LONGEST_DELAY


def broken(attempt: int) -> float:
    raise LookupError(f"no delay for attempt {attempt}")


@processor("runs")
class Runs:
    @job(backoff=broken)
    async def without_delay(self) -> None:
        raise ValueError("its own")

    @job(backoff=lambda attempt: float("nan"))
    async def never(self) -> None:
        raise ValueError("its own")

    @job(attempts=2, backoff=lambda attempt: -1)
    async def at_once(self) -> None:
        raise ValueError("its own")

    @job(attempts=2, backoff=lambda attempt: 10.0**100)
    async def in_an_aeon(self) -> None:
        raise ValueError("its own")

    @job(attempts=1)
    async def long_message(self) -> None:
        raise ValueError("first line\n    second line\nthird line")

    @job
    async def lie(self) -> int:
        wrong: Any = "private"
        return wrong  # type: ignore[no-any-return]

    @job(attempts=1)
    async def misread(self) -> None:
        json.loads("{")

    @job(attempts=1)
    async def leave(self) -> None:
        sys.exit("nothing left to do")

    @job(attempts=1)
    async def group(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.fail())

    async def fail(self) -> None:
        raise ValueError("in the group")


runs = Module("runs", imports=[queue_module("runs")], providers=[Runs], exports=[Queue, QueueAdmin])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Runs.without_delay, "LookupError: no delay for attempt 1"),
        (
            Runs.never,
            "hutch_queue.errors.InvalidJob: Runs.never: its backoff says nan seconds after",
        ),
        (Runs.at_once, "ValueError: its own"),
        (Runs.long_message, "ValueError: first line"),
        (Runs.leave, "SystemExit: nothing left to do"),
        (Runs.group, "ValueError: in the group"),
    ],
)
async def test_a_failed_job_ends_and_tells_its_error(call: Callable[[], Any], message: str) -> None:
    async with testing(runs) as app:
        handle = await app.get(Queue).enqueue(call())
        await app.drain()
        assert f" failed: {message}" in await error_of(JobFailed, handle.result(0))
        assert await app.get(QueueAdmin).stats("runs") == QueueStats(failed=1)


async def test_a_result_that_is_not_of_its_type_is_not_kept() -> None:
    async with testing(runs) as app:
        handle = await app.get(Queue).enqueue(Runs.lie())
        await app.drain()
        message = await error_of(JobGone, handle.result(0))
    assert "completed, but its result is not of the type that the job declares" in message
    assert "private" not in message


async def test_an_endless_delay_ends() -> None:
    with structlog.testing.capture_logs() as lines:
        async with testing(runs) as app:
            await app.get(Queue).enqueue(Runs.in_an_aeon())
            assert await app.drain() == 2
    assert LONGEST_DELAY in [line.get("delay") for line in lines]


async def test_a_log_line_names_the_jobs_own_line_before_a_librarys() -> None:
    with structlog.testing.capture_logs() as lines:
        async with testing(runs) as t:
            await t.get(Queue).enqueue(Runs.misread())
            await t.drain()
    [failed] = [line for line in lines if line["event"] == "job failed"]
    own, library = failed["at"].split(" > ")
    assert own.startswith("test_run.py:")
    assert library.startswith("decoder.py:")

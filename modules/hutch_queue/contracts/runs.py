"""The contract of every backend, as far as a run and its job know of one another.

``class TestMine(RunContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hutch.binding import bind
from hutch.context import TraceParent, bind_context, current_context
from hutch.module import Module
from hutch.tokens import Inject
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.ward import until
from hutch_queue.declare.backoff import fixed
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.jobs import job
from hutch_queue.declare.processors import processor
from hutch_queue.declare.snooze import Snooze
from hutch_queue.errors import InvalidOption, JobFailed
from hutch_queue.module import queue_module
from hutch_queue.port import Queue

bound: ContextVar[str] = ContextVar("bound", default="nothing")


class Stop(threading.Event):
    """What a thread waits for."""


@processor("runner", concurrency=2)
@dataclass
class Runner:
    """Jobs that ask about themselves, and jobs that are no coroutines."""

    journal: Journal
    stop: Stop

    @job(attempts=1)
    async def snooze(self, until: int, context: Inject[JobContext] = injected) -> list[int]:
        """Ask for a later run until the n-th start."""
        if context.fence < until:
            raise Snooze(timedelta(0) if context.fence % 2 else datetime.now(UTC))
        return [context.attempt, context.attempts, context.fence]

    @job(attempts=1)
    async def meet(
        self, at: datetime, name: str, seconds: float, context: Inject[JobContext] = injected
    ) -> None:
        """Ask for a run at a time, and take a while to do so."""
        if context.fence > 1:
            return await self.journal.write(name)
        later = Snooze(at)
        await asyncio.sleep(seconds)
        raise later

    @job(attempts=3, backoff=fixed(0))
    async def fail(self, context: Inject[JobContext] = injected) -> None:
        """Fail, each time with another message."""
        await self.journal.write((context.attempt, context.fence, dict(current_context())))
        raise ValueError(f"attempt {context.attempt}")

    @job(backoff=fixed(0), no_retry=(LookupError, PermissionError))
    async def refuse(self, error: Literal["key", "value"]) -> None:
        """Fail with an error after which there is no other attempt, or one with."""
        await self.journal.write(error)
        raise KeyError(error) if error == "key" else ValueError(error)

    @job
    async def progress(self, context: Inject[JobContext] = injected) -> list[str]:
        """Tell what cannot be told, and keep more lines than fit."""
        wrong: list[Any] = [float("nan"), object(), "x" * 2000]
        refusals = [await _refusal(context.progress(value)) for value in wrong]
        await context.progress(0.5)
        for number in range(20):
            await context.log(f"{number}\n{'x' * 1000}")
        return refusals

    @job(attempts=1)
    def block(self, text: str, context: Inject[JobContext] = injected) -> list[str]:
        """Tell where this runs."""
        shared = str(current_context().get("request_id"))
        bound.set("in the thread")
        return [text, context.name, shared, threading.current_thread().name]

    @job(attempts=1)
    def raise_in_thread(self, stop: bool) -> None:
        """Fail as no coroutine may."""
        if stop:
            raise StopIteration
        raise ValueError("in the thread")

    @job(attempts=1, timeout=0.05)
    def overrun(self) -> str:
        """Take longer than allowed."""
        self.stop.wait(10)
        return "late"


runner = Module(
    "runner",
    imports=[queue_module("runner")],
    providers=[Journal, bind(Stop).to(Stop), Runner],
    exports=[Journal, Stop, Queue, QueueAdmin],
)


async def _refusal(told: Awaitable[None]) -> str:
    try:
        await told
    except InvalidOption as error:
        return str(error)
    return ""


class RunContract:
    """What every backend does around a run."""

    async def test_a_snooze_costs_no_attempt(self, start: Start) -> None:
        async with start(runner) as app:
            handle = await app.get(Queue).enqueue(Runner.snooze(4))
            assert await handle.result() == [1, 1, 4]
            info = await app.get(QueueAdmin).job("runner", handle.id)
            assert (info.attempt, info.failures) == (1, [])
            assert (await app.get(QueueAdmin).totals("runner")).snoozed == 3

    async def test_of_those_that_wait_for_one_time_the_urgent_run_first(self, start: Start) -> None:
        async with start(runner) as app:
            queue, at = app.get(Queue), datetime.now(UTC) + timedelta(seconds=1)
            handles = [
                await queue.enqueue(Runner.meet(at, name, seconds), priority=priority)
                for name, seconds, priority in (("c", 0, 10), ("a", 0.2, 90), ("b", 0.1, 50))
            ]
            for handle in handles:
                await handle.result()
            assert app.get(Journal).entries == ["a", "b", "c"]

    async def test_each_failed_attempt_is_kept_with_its_error(self, start: Start) -> None:
        async with start(runner) as app:
            begun = datetime.now(UTC) - timedelta(milliseconds=1)
            handle = await app.get(Queue).enqueue(Runner.fail())
            await error_of(JobFailed, handle.result())
            failures = (await app.get(QueueAdmin).job("runner", handle.id)).failures
            assert [failure.attempt for failure in failures] == [1, 2, 3]
            assert [failure.error.splitlines()[-1] for failure in failures] == [
                f"ValueError: attempt {n}" for n in (1, 2, 3)
            ]
            times = [failure.at for failure in failures]
            assert begun <= times[0] <= times[1] <= times[2] <= datetime.now(UTC)

    async def test_each_attempt_knows_on_whose_behalf_it_runs(self, start: Start) -> None:
        async with start(runner) as app:
            trace = TraceParent.new()
            with bind_context(request_id="r-42", traceparent=str(trace)):
                handle = await app.get(Queue).enqueue(Runner.fail())
            await error_of(JobFailed, handle.result())
            entries = app.get(Journal).entries
            assert [entry[:2] for entry in entries] == [(1, 1), (2, 2), (3, 3)]
            for attempt, _, context in entries:
                assert context == {
                    "request_id": "r-42",
                    "traceparent": str(trace),
                    "trace_id": trace.trace_id,
                    "job_id": handle.id,
                    "queue": "runner",
                    "job": "Runner.fail",
                    "attempt": attempt,
                }

    async def test_some_errors_are_not_tried_again(self, start: Start) -> None:
        async with start(runner) as app:
            for error in ("key", "value"):
                handle = await app.get(Queue).enqueue(Runner.refuse(error))
                await error_of(JobFailed, handle.result())
            assert app.get(Journal).entries == ["key", *["value"] * 3]

    async def test_progress_and_log_have_a_size(self, start: Start) -> None:
        async with start(runner) as app:
            handle = await app.get(Queue).enqueue(Runner.progress())
            nan, thing, long = await handle.result()
            assert "progress float: Out of range float values are not JSON compliant" in nan
            assert "progress object: Object of type object is not JSON serializable" in thing
            assert long == "Runner.progress: progress of 2002 characters; 2000 are allowed."
            log = (await app.get(QueueAdmin).job("runner", handle.id)).log
            assert 10 < len(log) < 20
            assert log[-1] == f"19 {'x' * 1000}"

    async def test_a_job_that_is_no_coroutine_runs_in_a_thread(self, start: Start) -> None:
        async with start(runner) as app:
            with bind_context(request_id="r-42"):
                handle = await app.get(Queue).enqueue(Runner.block("a"))
            assert await handle.result() == ["a", "Runner.block", "r-42", "hutch job"]
            assert bound.get() == "nothing"

    async def test_errors_come_out_of_threads(self, start: Start) -> None:
        async with start(runner) as app:
            for stop, error in ((False, "ValueError: in the thr"), (True, "RuntimeError: the job")):
                handle = await app.get(Queue).enqueue(Runner.raise_in_thread(stop))
                assert f" failed: {error}" in await error_of(JobFailed, handle.result())

    async def test_a_thread_that_overruns_keeps_its_slot_and_fails_when_it_returns(
        self, start: Start
    ) -> None:
        async with start(runner) as app:
            admin = app.get(QueueAdmin)
            late = await app.get(Queue).enqueue(Runner.overrun())
            await until(lambda: admin.job("runner", late.id), lambda info: info.state == "active")
            await asyncio.sleep(0.1)
            assert (await admin.job("runner", late.id)).state == "active"
            app.get(Stop).set()
            message = await error_of(JobFailed, late.result())
            assert "Runner.overrun took longer than 0.05 seconds" in message

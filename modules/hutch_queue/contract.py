"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(QueueContract)`` with a fixture ``start`` that opens the given module
on the backend: ``async with start(module) as app``. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Protocol

from hutch.context import bind_context
from hutch.module import Module
from hutch.testing import Testing
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats
from hutch_queue.contracts.lab import (
    CONCURRENCY,
    PARCEL,
    Elsewhere,
    Journal,
    Lab,
    LabX,
    Parcel,
    clock,
    lab,
)
from hutch_queue.declare.calls import Call
from hutch_queue.errors import (
    InvalidArguments,
    InvalidOption,
    JobFailed,
    PayloadTooLarge,
    QueueError,
    ResultTimeout,
    UnknownQueue,
)
from hutch_queue.port import Handle, Queue


class Start(Protocol):
    """Opens a module as an app on the backend under test."""

    def __call__(
        self, module: Module, *, services: bool = True
    ) -> AbstractAsyncContextManager[Testing]:
        """Start it, with its worker unless ``services`` is off."""
        ...


async def error_of(error: type[QueueError], waiting: Awaitable[Any]) -> str:
    """Check that awaiting it fails with this error; return the message."""
    try:
        await waiting
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")


async def refused(error: type[QueueError], app: Testing, call: Call[Any], **options: Any) -> str:
    """Check that a call is refused with nothing stored; return the message."""
    message = await error_of(error, app.get(Queue).enqueue(call, **options))
    assert await app.get(QueueAdmin).stats("lab") == QueueStats()
    return message


class QueueContract:
    """What every backend does."""

    async def test_a_result_comes_back_in_its_own_type(self, start: Start) -> None:
        async with start(lab) as app:
            handle: Handle[Parcel] = await app.get(Queue).enqueue(Lab.double(PARCEL, copies=3))
            assert handle.created
            assert await handle.result() == PARCEL.model_copy(update={"weight": Decimal("0.6")})

    async def test_a_key_is_taken_while_its_job_is_live(self, start: Start) -> None:
        async with start(lab) as app:
            queue, journal = app.get(Queue), app.get(Journal)
            first = await queue.enqueue(Lab.wait(), key="k:{1}")
            await journal.until(1)
            second = await queue.enqueue(Lab.wait(), key="k:{1}")
            journal.gate.set()
            await second.result()
            third = await queue.enqueue(Lab.wait(), key="k:{1}")
            await third.result()
        assert [handle.created for handle in (first, second, third)] == [True, False, True]
        assert first.id == second.id == third.id
        assert journal.entries == ["began", "ended"] * 2

    async def test_queues_with_similar_names_share_no_keys(self, start: Start) -> None:
        async with start(lab) as app:
            queue = app.get(Queue)
            one = await queue.enqueue(Lab.note("a"), key="same")
            other = await queue.enqueue(LabX.note("b"), key="same")
            await asyncio.gather(one.result(), other.result())
            assert one.created
            assert other.created
            assert sorted(app.get(Journal).entries) == ["a", "x b"]

    async def test_many_jobs_of_several_queues_in_one_call(self, start: Start) -> None:
        async with start(lab) as app:
            calls = [Lab.note("a"), LabX.note("b"), Lab.note("c")]
            handles = await app.get(Queue).enqueue_all(calls)
            assert [handle.queue for handle in handles] == ["lab", "lab-x", "lab"]
            for handle in handles:
                await handle.result()
            assert sorted(app.get(Journal).entries) == ["a", "c", "x b"]

    async def test_of_many_jobs_none_is_stored_when_one_is_refused(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            wrong: Any = Lab.note
            calls = [Lab.note("a"), wrong(5)]
            await error_of(InvalidArguments, app.get(Queue).enqueue_all(calls))
            assert await app.get(QueueAdmin).stats("lab") == QueueStats()

    async def test_wrong_arguments_are_refused_by_name(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            double: Any = Lab.double
            message = await refused(InvalidArguments, app, double({"id": "x"}, copies="many"))
            assert "double was not enqueued" in message
            assert "argument `parcel.id`: " in message
            assert "argument `parcel.weight`: field required" in message
            assert "argument `copies`: input should be a valid integer" in message
            assert "many" not in message

    async def test_large_arguments_are_refused(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            message = await refused(PayloadTooLarge, app, Lab.note("x" * 300_000))
            assert message.startswith("Lab.note was not enqueued: its arguments have 300011 bytes")

    async def test_unusable_options_are_refused(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            naive, later = datetime(2030, 1, 1), timedelta(1)
            for options in (
                {"at": naive},
                {"at": datetime.max.replace(tzinfo=timezone(-later / 2))},
                {"delay": -later},
                {"delay": timedelta.max},
                {"delay": later, "at": naive.replace(tzinfo=UTC)},
                {"key": ""},
                {"key": "a\nb"},
                {"key": "x" * 201},
            ):
                message = await refused(InvalidOption, app, Lab.note("a"), **options)
                assert message.startswith("Lab.note: ")

    async def test_an_undeclared_queue_is_refused_with_those_that_exist(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            message = await refused(UnknownQueue, app, Elsewhere.run())
            assert "no module declares the queue 'elsewhere'; declared: lab, lab-x." in message

    async def test_jobs_are_counted_by_state(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            queue = app.get(Queue)
            await queue.enqueue(Lab.note("now"))
            await queue.enqueue(Lab.note("later"), delay=timedelta(minutes=5))
            await queue.enqueue(Lab.note("past"), at=datetime(2020, 1, 1, tzinfo=UTC))
            assert await app.get(QueueAdmin).stats("lab") == QueueStats(waiting=2, delayed=1)
            assert app.get(QueueAdmin).names() == ["lab", "lab-x"]

    async def test_a_delayed_job_runs_not_before_its_time(self, start: Start) -> None:
        async with start(lab) as app:
            begun = time.monotonic()
            handle = await app.get(Queue).enqueue(Lab.note("a"), delay=timedelta(seconds=0.5))
            await handle.result()
            assert 0.5 <= time.monotonic() - begun < 3

    async def test_a_failed_job_is_tried_again_after_its_backoff(self, start: Start) -> None:
        async with start(lab) as app:
            handle = await app.get(Queue).enqueue(Lab.fail(3))
            assert await handle.result() == 3
            attempts = app.get(Journal).entries
            assert [entry[:2] for entry in attempts] == [(1, 3), (2, 3), (3, 3)]
            times = [entry[2] for entry in attempts]
            for gap in (times[1] - times[0], times[2] - times[1]):
                assert 0.2 <= gap < 3

    async def test_a_job_that_fails_each_time_fails_for_good(self, start: Start) -> None:
        async with start(lab) as app:
            handle = await app.get(Queue).enqueue(Lab.fail(9))
            message = await error_of(JobFailed, handle.result())
            assert message.endswith("failed: ValueError: not yet")
            assert len(app.get(Journal).entries) == 3

    async def test_a_job_is_stopped_at_its_time_limit(self, start: Start) -> None:
        async with start(lab) as app:
            handle = await app.get(Queue).enqueue(Lab.oversleep())
            message = await error_of(JobFailed, handle.result())
            assert "Lab.oversleep took longer than 0.1 seconds" in message

    async def test_concurrency_is_reached_and_kept(self, start: Start) -> None:
        async with start(lab) as app:
            journal = app.get(Journal)
            handles = await app.get(Queue).enqueue_all([Lab.wait() for _ in range(7)])
            await journal.until(CONCURRENCY)
            assert (await app.get(QueueAdmin).stats("lab")).active == CONCURRENCY
            journal.gate.set()
            for handle in handles:
                await handle.result()
            assert journal.peak == CONCURRENCY

    async def test_each_job_has_a_scope_that_is_closed(self, start: Start) -> None:
        async with start(lab) as app:
            good = await app.get(Queue).enqueue(Lab.scoped(broken=False))
            assert await good.result() == good.id
            bad = await app.get(Queue).enqueue(Lab.scoped(broken=True))
            await error_of(JobFailed, bad.result())
            assert app.get(Journal).entries == ["closed", "closed"]

    async def test_interceptors_wrap_jobs(self, start: Start) -> None:
        async with start(lab) as app:
            await (await app.get(Queue).enqueue(Lab.watched())).result()
            assert app.get(Journal).entries == [("job", "Lab.watched")]

    async def test_the_request_id_travels_to_the_job(self, start: Start) -> None:
        async with start(lab) as app:
            with bind_context(request_id="r-42"):
                handle = await app.get(Queue).enqueue(Lab.asked_by())
            assert await handle.result() == "r-42"

    async def test_a_job_enqueues_another(self, start: Start) -> None:
        async with start(lab) as app:
            await app.get(Queue).enqueue(Lab.chain())
            await app.get(Journal).until(1)
            assert app.get(Journal).entries == ["chained"]

    async def test_a_result_that_is_late_is_not_waited_for(self, start: Start) -> None:
        async with start(lab, services=False) as app:
            handle = await app.get(Queue).enqueue(Lab.note("a"))
            message = await error_of(ResultTimeout, handle.result(0.05))
            assert "has not ended within 0.05 seconds" in message

    async def test_running_jobs_finish_before_the_worker_stops(self, start: Start) -> None:
        async with start(lab) as app:
            journal = app.get(Journal)
            await app.get(Queue).enqueue(Lab.wait())
            await journal.until(1)
            asyncio.get_running_loop().call_later(0.1, journal.gate.set)
        assert journal.entries == ["began", "ended"]

    async def test_a_cron_job_runs_once_at_each_tick(self, start: Start) -> None:
        async with start(clock) as app:
            journal = app.get(Journal)
            await journal.until(2)
        assert len(set(journal.entries)) == len(journal.entries)
        assert all(entry.startswith("cron:Clock.tick:20") for entry in journal.entries)

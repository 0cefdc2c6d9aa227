"""The contract of every backend, as far as producers say when and how a job runs.

``class TestMine(OptionsContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hutch.module import Module
from hutch.testing import Testing
from hutch.tokens import Inject
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.ward import until
from hutch_queue.declare.backoff import fixed
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.jobs import job
from hutch_queue.declare.processors import processor
from hutch_queue.errors import InvalidOption, JobFailed
from hutch_queue.module import queue_module
from hutch_queue.port import Queue

LATER = timedelta(hours=1)


@processor("mail", concurrency=1)
@dataclass
class Mail:
    """A queue of which one job runs at a time."""

    journal: Journal

    @job
    async def send(self, text: str) -> str:
        """Note a text."""
        await self.journal.write(text)
        return text

    @job(attempts=3, backoff=fixed(3600))
    async def fail(self, context: Inject[JobContext] = injected) -> None:
        """Fail, whatever the attempt."""
        await self.journal.write(context.attempt)
        raise ValueError("no post today")

    @job
    async def wait(self) -> None:
        """Wait for the gate."""
        await self.journal.write("began")
        await self.journal.gate.wait()

    @job(attempts=1)
    async def stay(self) -> None:
        """Stay for good."""
        await asyncio.Event().wait()

    @job(priority=50)
    async def hurry(self, text: str) -> None:
        """Note a text, before others."""
        await self.journal.write(text)


mail = Module(
    "mail",
    imports=[queue_module("mail")],
    providers=[Journal, Mail],
    exports=[Journal, Queue, QueueAdmin],
)


async def sent(app: Testing, count: int) -> Sequence[Any]:
    """Let the queue go on, and wait for so many entries."""
    await app.get(QueueAdmin).resume("mail")
    journal = app.get(Journal)
    await journal.until(count)
    return journal.entries


def backwards(_: int) -> float:
    """Wait less than nothing."""
    return -1


class OptionsContract:
    """What every backend does with a job's options."""

    async def test_in_the_window_of_a_key_no_second_job_is_stored(self, start: Start) -> None:
        async with start(mail) as app:
            queue, window = app.get(Queue), timedelta(seconds=0.4)
            first = await queue.enqueue(Mail.send("a"), key="k", unique_for=window)
            assert await first.result() == "a"
            second = await queue.enqueue(Mail.send("b"), key="k", unique_for=window)
            assert not second.created
            assert await second.result() == "a"
            other = await queue.enqueue(Mail.send("c"), key="other", unique_for=window)
            assert other.created
            again = lambda: queue.enqueue(Mail.send("d"), key="k", unique_for=window)  # noqa: E731
            third = await until(again, lambda handle: handle.created)
            assert await third.result() == "d"

    async def test_a_job_that_is_scheduled_twice_runs_once(self, start: Start) -> None:
        async with start(mail) as app:
            queue, soon = app.get(Queue), datetime.now(UTC) + timedelta(seconds=0.2)
            first = await queue.enqueue(Mail.send("a"), key="k", at=soon)
            second = await queue.enqueue(Mail.send("b"), key="k", at=soon)
            assert (first.created, second.created) == (True, False)
            assert await second.result() == "a"
            assert app.get(Journal).entries == ["a"]

    async def test_a_job_that_is_scheduled_anew_moves(self, start: Start) -> None:
        async with start(mail) as app:
            queue, admin, now = app.get(Queue), app.get(QueueAdmin), datetime.now(UTC)
            later = now.replace(microsecond=0) + LATER
            await queue.enqueue(Mail.send("a"), key="k", at=later)
            moved = await queue.enqueue(Mail.send("b"), key="k", at=later + LATER, replace=True)
            assert moved.created
            assert (await admin.job("mail", "k")).due == later + LATER
            assert await admin.stats("mail") == QueueStats(delayed=1)
            at_once = await queue.enqueue(Mail.send("c"), key="k", replace=True)
            assert await at_once.result() == "c"
            assert app.get(Journal).entries == ["c"]

    async def test_a_running_job_is_not_replaced(self, start: Start) -> None:
        async with start(mail) as app:
            queue, journal = app.get(Queue), app.get(Journal)
            await queue.enqueue(Mail.wait(), key="k")
            await journal.until(1)
            assert not (await queue.enqueue(Mail.send("b"), key="k", replace=True)).created
            journal.gate.set()

    async def test_a_past_time_is_now(self, start: Start) -> None:
        async with start(mail) as app:
            past = datetime(2020, 1, 1, tzinfo=UTC)
            assert await (await app.get(Queue).enqueue(Mail.send("a"), at=past)).result() == "a"

    async def test_a_job_that_expires_is_not_started(self, start: Start) -> None:
        async with start(mail) as app:
            queue, journal, soon = app.get(Queue), app.get(Journal), timedelta(milliseconds=50)
            await queue.enqueue(Mail.wait())
            await journal.until(1)
            late = await queue.enqueue(Mail.send("late"), expires=soon)
            in_time = await queue.enqueue(Mail.send("in time"), delay=soon, expires=LATER)
            await asyncio.sleep(2 * soon.total_seconds())
            journal.gate.set()
            assert await in_time.result() == "in time"
            message = await error_of(JobFailed, late.result())
            assert message.endswith("failed: It was not started in time: `expires` had passed.")
            assert journal.entries == ["began", "in time"]

    async def test_higher_priorities_come_first_and_equal_ones_in_order(self, start: Start) -> None:
        async with start(mail) as app:
            queue = app.get(Queue)
            await app.get(QueueAdmin).pause("mail")
            for text, priority in (("a", 0), ("b", 25), ("c", -100), ("d", 100), ("e", 25)):
                await queue.enqueue(Mail.send(text), priority=priority)
            await queue.enqueue(Mail.hurry("its own"))
            entries = await sent(app, 6)
            assert entries == ["d", "its own", "b", "e", "a", "c"]

    async def test_a_thousand_jobs_of_one_priority_come_in_order(self, start: Start) -> None:
        async with start(mail) as app:
            await app.get(QueueAdmin).pause("mail")
            calls = [Mail.send(str(n)).with_options(priority=7) for n in range(1000)]
            await app.get(Queue).enqueue_all(calls)
            assert await sent(app, 1000) == [str(n) for n in range(1000)]

    async def test_attempts_and_backoff_of_a_call_replace_those_of_its_job(
        self, start: Start
    ) -> None:
        async with start(mail) as app:
            handle = await app.get(Queue).enqueue(Mail.fail(), attempts=4, backoff=fixed(0))
            await error_of(JobFailed, handle.result())
            assert app.get(Journal).entries == [1, 2, 3, 4]

    async def test_a_time_limit_of_a_call_replaces_that_of_its_job(self, start: Start) -> None:
        async with start(mail) as app:
            handle = await app.get(Queue).enqueue(Mail.stay(), timeout=0.05)
            message = await error_of(JobFailed, handle.result())
            assert "Mail.stay took longer than 0.05 seconds" in message

    async def test_options_that_cannot_work_are_refused(self, start: Start) -> None:
        async with start(mail, services=False) as app:
            refused: list[tuple[dict[str, Any], str]] = [
                ({"key": "ä" * 101}, "a key has 1 to 200 bytes as UTF-8"),
                ({"key": "\ud800"}, "none of them a control character"),
                ({"replace": True}, "replace=True; it needs a key to go by"),
                ({"unique_for": LATER}, "unique_for=1:00:00; it needs a key to go by"),
                ({"key": "k", "unique_for": -LATER}, "give 0 to 36500 days"),
                ({"expires": -LATER}, "give 0 to 36500 days"),
                ({"priority": 101}, "priority=101; give a whole number from -100 to 100"),
                ({"attempts": 0}, "attempts=0; a job runs at least once"),
                ({"timeout": 0}, "timeout=0; give seconds above 0"),
                ({"timeout": float("inf")}, "timeout=inf; give seconds above 0"),
                ({"backoff": backwards}, "seconds are finite, none negative"),
            ]
            for options, reason in refused:
                enqueued = app.get(Queue).enqueue(Mail.send("a"), **options)
                assert reason in await error_of(InvalidOption, enqueued)
            assert await app.get(QueueAdmin).stats("mail") == QueueStats()
            assert (await app.get(Queue).enqueue(Mail.send("a"), key="ä" * 100)).created

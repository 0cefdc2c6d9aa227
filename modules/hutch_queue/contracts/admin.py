"""The contract of every backend, as far as operators look at it; see ``contract.py``.

``class TestMine(AdminContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hutch.module import Module
from hutch.testing import Testing
from hutch.tokens import Inject
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.job_info import JobInfo
from hutch_queue.admin.stats import QueueStats, Totals
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.declare.backoff import fixed
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.jobs import job
from hutch_queue.declare.processors import processor
from hutch_queue.errors import (
    InvalidOption,
    JobFailed,
    JobGone,
    QueueBusy,
    UnknownQueue,
    UnknownWorker,
)
from hutch_queue.module import queue_module
from hutch_queue.port import Queue
from hutch_queue.storage.store import State

T = TypeVar("T")

PATIENCE = 15
"""Seconds until something has to be seen."""
LATER = timedelta(hours=1)


@processor("ward", concurrency=2)
@dataclass
class Ward:
    """Jobs that operators look at."""

    journal: Journal

    @job
    async def note(self, text: str) -> str:
        """Note a text."""
        await self.journal.write(text)
        return text

    @job(attempts=1)
    async def wait(self, context: Inject[JobContext] = injected) -> None:
        """Tell how far it is, and wait for the gate."""
        await context.progress({"done": 1, "of": 2})
        await context.log("first line")
        await context.log("second line")
        await self.journal.write("began")
        await self.journal.gate.wait()

    @job(attempts=2, backoff=fixed(3600))
    async def fail(self, text: str) -> None:
        """Fail until the gate is open."""
        await self.journal.write(text)
        if not self.journal.gate.is_set():
            raise ValueError(f"{text} is ill")


ward = Module(
    "ward",
    imports=[queue_module("ward", "ward-x")],
    providers=[Journal, Ward],
    exports=[Journal, Queue, QueueAdmin],
)


async def until(look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool]) -> T:
    """Look again and again until it is as wanted."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(found := await look()):  # noqa: ASYNC110 - the store sets no event
            await asyncio.sleep(0.01)
        return found


async def in_state(app: Testing, id: str, state: State) -> JobInfo:
    """Wait until a job is in a state."""
    admin = app.get(QueueAdmin)
    return await until(lambda: admin.job("ward", id), lambda info: info.state == state)


async def counted(app: Testing, stats: QueueStats) -> None:
    """Wait until the jobs of the queue are so many in each state."""
    admin = app.get(QueueAdmin)
    await until(lambda: admin.stats("ward"), lambda found: found == stats)


async def failed(app: Testing, *texts: str) -> list[str]:
    """Let jobs fail for good, one after the other; return their ids."""
    queue, admin, ids = app.get(Queue), app.get(QueueAdmin), list[str]()
    for text in texts:
        handle = await queue.enqueue(Ward.fail(text), key=f"ill-{text}")
        await in_state(app, handle.id, "delayed")
        await admin.promote("ward", handle.id)
        await in_state(app, handle.id, "failed")
        ids.append(handle.id)
    return ids


def ids_of(jobs: list[JobInfo]) -> list[str]:
    """Return the ids of jobs."""
    return [info.id for info in jobs]


class AdminContract:
    """What operators see and do on every backend."""

    async def test_a_job_is_seen_in_each_state_of_its_life(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            await admin.pause("ward")
            handle = await queue.enqueue(Ward.wait(), key="one", priority=7)
            waiting = await admin.job("ward", "one")
            await admin.resume("ward")
            await journal.until(1)
            active = await admin.job("ward", "one")
            journal.gate.set()
            await handle.result()
            completed = await admin.job("ward", "one")
        jobs = waiting, active, completed
        assert [info.state for info in jobs] == ["waiting", "active", "completed"]
        assert [info.attempt for info in jobs] == [0, 1, 1]
        assert {(info.id, info.name, info.priority) for info in jobs} == {("one", "Ward.wait", 7)}
        assert waiting.waiting_since
        assert abs(waiting.waiting_since - waiting.enqueued) < timedelta(minutes=1)
        assert (waiting.worker, waiting.started, waiting.ended) == (None, None, None)
        assert active.worker
        assert active.waiting_since is None
        assert completed.started
        assert completed.ended
        assert waiting.enqueued <= completed.started <= completed.ended
        assert completed.worker == active.worker

    async def test_a_job_that_fails_is_delayed_and_then_a_dead_letter(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            handle = await queue.enqueue(Ward.fail("mia"))
            delayed = await in_state(app, handle.id, "delayed")
            assert await admin.promote("ward", handle.id) == [handle.id]
            await error_of(JobFailed, handle.result())
            dead = await admin.job("ward", handle.id)
        assert (delayed.attempt, len(delayed.failures), delayed.error) == (1, 1, None)
        assert delayed.due
        assert delayed.due - delayed.failures[0].at >= timedelta(minutes=59)
        assert (dead.state, dead.attempt, dead.attempts) == ("failed", 2, 2)
        assert (dead.queue, dead.name, dead.arguments) == ("ward", "Ward.fail", {"text": "mia"})
        assert [failure.attempt for failure in dead.failures] == [1, 2]
        assert all("ValueError: mia is ill" in failure.error for failure in dead.failures)
        assert dead.error == dead.failures[-1].error
        assert dead.ended
        assert not dead.aborted

    async def test_waiting_jobs_are_listed_as_they_will_run(self, start: Start) -> None:
        async with start(ward, services=False) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            for id, priority in (("a", 0), ("b", 0), ("c", 5), ("d", -1)):
                await queue.enqueue(Ward.note(id), key=id, priority=priority)
            for id, hours in (("y", 2), ("x", 1), ("z", 3)):
                await queue.enqueue(Ward.note(id), key=id, delay=hours * LATER)
            assert ids_of(await admin.jobs("ward", "waiting")) == ["c", "a", "b", "d"]
            assert ids_of(await admin.jobs("ward", "delayed")) == ["x", "y", "z"]
            page = await admin.jobs("ward", "waiting", offset=1, limit=2)
            assert ids_of(page) == ["a", "b"]
            assert await admin.jobs("ward", "waiting", offset=4) == []
            assert await admin.jobs("ward-x", "waiting") == []

    async def test_ended_jobs_are_listed_newest_first(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            for id in "abc":
                await (await queue.enqueue(Ward.note(id), key=id)).result()
                await asyncio.sleep(0.002)  # of the same millisecond, the order is that of the ids
            assert ids_of(await admin.jobs("ward", "completed")) == ["c", "b", "a"]
            page = await admin.jobs("ward", "completed", offset=1, limit=1)
            assert ids_of(page) == ["b"]
            assert (page[0].result, page[0].error) == ("b", None)
            ill = await failed(app, "mia", "tom")
            assert ids_of(await admin.jobs("ward", "failed")) == ill[::-1]

    async def test_jobs_are_found_by_what_they_contain(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            [ill] = await failed(app, "Zoë")
            await admin.pause("ward")
            for n in range(150):
                await queue.enqueue(Ward.note(f"text {n}"), key=f"key-{n}")
            assert ids_of(await admin.find("ward", "waiting", "TEXT 149")) == ["key-149"]
            assert ids_of(await admin.find("ward", "waiting", "Key-7")) == [
                "key-7", *(f"key-{n}" for n in range(70, 80)),
            ]  # fmt: skip
            assert len(await admin.find("ward", "waiting", "ward.note", limit=120)) == 120
            assert await admin.find("ward", "waiting", "queued") == []
            for text in ("zoë", "zoë is ill", "valueerror", "ward.fail"):
                assert ids_of(await admin.find("ward", "failed", text)) == [ill]
            assert await admin.find("ward", "completed", "zoë") == []

    async def test_a_paused_queue_keeps_its_jobs_and_counts_them_as_paused(
        self, start: Start
    ) -> None:
        async with start(ward) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            await admin.pause("ward")
            handle = await queue.enqueue(Ward.note("a"))
            await queue.enqueue(Ward.note("b"), delay=LATER)
            assert await admin.is_paused("ward")
            assert await admin.stats("ward") == QueueStats(paused=1, delayed=1)
            assert ids_of(await admin.jobs("ward", "waiting")) == [handle.id]
            assert not await admin.is_paused("ward-x")
            await admin.resume("ward")
            assert await handle.result() == "a"
            assert await admin.stats("ward") == QueueStats(completed=1, delayed=1)

    async def test_a_replayed_job_keeps_its_id_and_history_and_has_all_its_attempts(
        self, start: Start
    ) -> None:
        async with start(ward) as app:
            admin, journal = app.get(QueueAdmin), app.get(Journal)
            [id] = await failed(app, "mia")
            first = await admin.job("ward", id)
            assert await admin.replay("ward", id, "nobody") == [id]
            again = await in_state(app, id, "delayed")
            assert (again.attempt, again.error, again.ended) == (1, None, None)
            assert [failure.attempt for failure in again.failures] == [1, 2, 1]
            assert (again.enqueued, again.arguments) == (first.enqueued, first.arguments)
            assert await admin.replay("ward", id) == []
            journal.gate.set()
            await admin.promote("ward", id)
            done = await in_state(app, id, "completed")
            assert (done.attempt, len(done.failures)) == (2, 3)
            assert await admin.replay("ward", id) == [id]
            await counted(app, QueueStats(completed=1))
            assert journal.entries == ["mia"] * 5

    async def test_all_failed_jobs_are_replayed_the_oldest_first(self, start: Start) -> None:
        async with start(ward) as app:
            admin, journal = app.get(QueueAdmin), app.get(Journal)
            ill = await failed(app, "mia", "tom", "ann")
            await admin.pause("ward")
            assert await admin.replay_all("ward") == 3
            assert ids_of(await admin.jobs("ward", "waiting")) == ill
            assert await admin.replay_all("ward") == 0
            journal.gate.set()
            await admin.resume("ward")
            await counted(app, QueueStats(completed=3))

    async def test_delayed_jobs_are_promoted(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            early = await queue.enqueue(Ward.note("a"), delay=LATER)
            late = await queue.enqueue(Ward.note("b"), delay=LATER)
            assert await admin.promote("ward", early.id, "nobody") == [early.id]
            assert await early.result() == "a"
            assert await admin.promote("ward", early.id) == []
            assert (await admin.job("ward", late.id)).state == "delayed"

    async def test_jobs_that_do_not_run_are_discarded(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            ids = await failed(app, "mia")
            journal.entries.clear()
            active = await queue.enqueue(Ward.wait())
            await journal.until(1)
            await admin.pause("ward")
            ids.append((await queue.enqueue(Ward.note("a"))).id)
            ids.append((await queue.enqueue(Ward.note("b"), delay=LATER)).id)
            assert await admin.discard("ward", *ids, active.id, "nobody") == ids
            assert await admin.stats("ward") == QueueStats(active=1)
            for id in ids:
                assert id in await error_of(JobGone, admin.job("ward", id))
            journal.gate.set()
            await active.result()
            assert await admin.discard("ward", active.id) == [active.id]
            assert await admin.stats("ward") == QueueStats()

    async def test_live_jobs_are_aborted_for_good(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            active = await queue.enqueue(Ward.wait())
            await journal.until(1)
            await admin.pause("ward")
            waiting = await queue.enqueue(Ward.note("a"))
            delayed = await queue.enqueue(Ward.note("b"), delay=LATER)
            handles = [waiting, delayed, active]
            ids = [handle.id for handle in handles]
            assert await admin.abort("ward", *ids, "nobody", reason="Not today.") == ids
            for handle in handles:
                message = await error_of(JobFailed, handle.result(PATIENCE))
                assert message.endswith("failed: Not today.")
            for info in await admin.jobs("ward", "failed"):
                assert (info.aborted, info.error, info.failures) == (True, "Not today.", [])
            assert await admin.stats("ward") == QueueStats(failed=3)
            assert await admin.abort("ward", *ids) == []
            assert journal.entries == ["began"]

    async def test_a_state_is_drained(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            await failed(app, "mia")
            await (await queue.enqueue(Ward.note("a"))).result()
            journal.entries.clear()
            await queue.enqueue(Ward.wait())
            await journal.until(1)
            await admin.pause("ward")
            await queue.enqueue_all([Ward.note(str(n)) for n in range(1001)])
            await queue.enqueue(Ward.note("b"), delay=LATER)
            message = await error_of(InvalidOption, admin.drain("ward", "active"))
            assert message.startswith("drain: state='active'")
            states: list[State] = ["waiting", "delayed", "completed", "failed"]
            assert [await admin.drain("ward", state) for state in states] == [1001, 1, 1, 1]
            assert [await admin.drain("ward", state) for state in states] == [0, 0, 0, 0]
            assert await admin.stats("ward") == QueueStats(active=1)
            journal.gate.set()
            await counted(app, QueueStats(completed=1))

    async def test_a_queue_is_obliterated_only_when_nothing_runs(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            running = await queue.enqueue(Ward.wait())
            await journal.until(1)
            await admin.pause("ward")
            await queue.enqueue(Ward.note("a"))
            message = await error_of(QueueBusy, admin.obliterate("ward"))
            assert "'ward' has 1 running job(s)" in message
            assert await admin.stats("ward") == QueueStats(active=1, paused=1)
            journal.gate.set()
            await running.result()
            await admin.obliterate("ward")
            assert await admin.stats("ward") == QueueStats()
            assert await admin.totals("ward") == Totals()
            assert not await admin.is_paused("ward")
            assert await (await queue.enqueue(Ward.note("b"))).result(PATIENCE) == "b"

    async def test_force_obliterates_a_queue_whose_jobs_run(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            running = await queue.enqueue(Ward.wait())
            await journal.until(1)
            await admin.obliterate("ward", force=True)
            assert await admin.stats("ward") == QueueStats()
            await error_of(JobGone, admin.job("ward", running.id))
            journal.gate.set()
            assert await (await queue.enqueue(Ward.note("b"))).result(PATIENCE) == "b"
            assert await admin.stats("ward") == QueueStats(completed=1)

    async def test_workers_tell_what_they_do_and_are_quieted(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            await (await queue.enqueue(Ward.note("a"))).result()
            running = await queue.enqueue(Ward.wait())
            await journal.until(2)
            [told] = await until(
                lambda: admin.workers("ward"), lambda found: bool(found and found[0].running)
            )
            assert (told.concurrency, told.completed, told.failed, told.quiet) == (2, 1, 0, False)
            assert told.host
            assert told.pid
            assert datetime.now(UTC) - told.since < timedelta(minutes=5)
            await admin.quiet("ward", told.name)
            await until(lambda: admin.workers("ward"), lambda found: found[0].quiet)
            handle = await queue.enqueue(Ward.note("b"))
            assert await admin.stats("ward") == QueueStats(waiting=1, active=1, completed=1)
            await admin.quiet("ward", told.name, quiet=False)
            assert await handle.result(PATIENCE) == "b"
            journal.gate.set()
            await running.result()
            message = await error_of(UnknownWorker, admin.quiet("ward", "nobody"))
            assert "ward has no living worker 'nobody'" in message

    async def test_totals_survive_the_records(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            await failed(app, "mia")
            await (await queue.enqueue(Ward.note("a"))).result()
            assert await admin.totals("ward") == Totals(completed=1, failed=1, retried=1)
            await admin.drain("ward", "failed")
            await admin.drain("ward", "completed")
            assert await admin.stats("ward") == QueueStats()
            assert await admin.totals("ward") == Totals(completed=1, failed=1, retried=1)

    async def test_latency_is_the_wait_of_the_job_that_runs_next(self, start: Start) -> None:
        async with start(ward, services=False) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            assert await admin.latency("ward") == 0
            await queue.enqueue(Ward.note("a"), delay=LATER)
            assert await admin.latency("ward") == 0
            await queue.enqueue(Ward.note("b"), priority=-3)
            low = await until(lambda: admin.latency("ward"), lambda seconds: seconds > 0.02)
            await queue.enqueue(Ward.note("c"), priority=50)
            assert await admin.latency("ward") < 60
            assert low < 60

    async def test_progress_and_log_are_seen(self, start: Start) -> None:
        async with start(ward) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            handle = await queue.enqueue(Ward.wait())
            await journal.until(1)
            info = await admin.job("ward", handle.id)
            assert info.progress == '{"done":1,"of":2}'
            assert info.log == ["first line", "second line"]
            journal.gate.set()
            await handle.result()
            assert (await admin.job("ward", handle.id)).log == info.log

    async def test_what_cannot_be_meant_is_refused(self, start: Start) -> None:
        async with start(ward, services=False) as app:
            admin = app.get(QueueAdmin)
            wrong: Any = "paused"
            for asked in (
                admin.jobs("ward", wrong),
                admin.jobs("ward", "waiting", offset=-1),
                admin.jobs("ward", "waiting", limit=0),
                admin.jobs("ward", "waiting", limit=501),
                admin.find("ward", wrong, "a"),
                admin.find("ward", "waiting", "a", limit=0),
                admin.drain("ward", wrong),
            ):
                await error_of(InvalidOption, asked)
            for unknown in (
                admin.stats("x"),
                admin.totals("x"),
                admin.is_paused("x"),
                admin.latency("x"),
                admin.jobs("x", "waiting"),
                admin.find("x", "waiting", "a"),
                admin.job("x", "a"),
                admin.workers("x"),
                admin.pause("x"),
                admin.resume("x"),
                admin.quiet("x", "a"),
                admin.promote("x"),
                admin.replay("x"),
                admin.replay_all("x"),
                admin.discard("x"),
                admin.abort("x"),
                admin.drain("x"),
                admin.obliterate("x"),
            ):
                message = await error_of(UnknownQueue, unknown)
                assert message.startswith(
                    "no module declares the queue 'x'; declared: ward, ward-x."
                )

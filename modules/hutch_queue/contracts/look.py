"""The contract of every backend, as far as operators look at it: part of ``AdminContract``."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats, Totals
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.ward import (
    LATER,
    Ward,
    failed,
    ids_of,
    in_state,
    until,
    ward,
)
from hutch_queue.errors import (
    InvalidOption,
    JobFailed,
    UnknownQueue,
)
from hutch_queue.port import Queue


class LookContract:
    """What operators see on every backend."""

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

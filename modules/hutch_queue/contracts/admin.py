"""The contract of every backend, as far as operators deal with it; see ``contract.py``.

``class TestMine(AdminContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats, Totals
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.look import LookContract
from hutch_queue.contracts.ward import (
    LATER,
    PATIENCE,
    Ward,
    counted,
    failed,
    ids_of,
    in_state,
    until,
    ward,
)
from hutch_queue.errors import (
    InvalidOption,
    JobFailed,
    JobGone,
    QueueBusy,
    UnknownWorker,
)
from hutch_queue.port import Queue
from hutch_queue.storage.store import State


class AdminContract(LookContract):
    """What operators see and do on every backend."""

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

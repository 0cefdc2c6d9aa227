"""What a producer sees: jobs that share the fate of its transaction."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from tests.hutch_outbox.conftest import Start, until
from tests.hutch_outbox.shop import Journal, Narrow, Orders, order, place

from hutch import Role
from hutch.context import bind_context
from hutch.testing import Testing
from hutch_database import Database
from hutch_outbox import Outbox, OutboxStats
from hutch_queue import (
    InvalidArguments,
    InvalidOption,
    PayloadTooLarge,
    Queue,
    QueueAdmin,
    QueueStats,
)


async def rows(app: Testing) -> int:
    async with app.get(Database).session() as session:
        found = await session.scalar(text("SELECT count(*) FROM hutch_outbox"))
    return int(found or 0)


async def empty(app: Testing) -> bool:
    return not await rows(app)


async def orders(app: Testing) -> int:
    async with app.get(Database).session() as session:
        return await session.scalar(select(func.count()).select_from(order)) or 0


async def test_a_committed_call_runs_and_leaves_no_row(start: Start) -> None:
    async with start() as app:
        await place(app.get(Database), app.get(Outbox), 1)
        assert await app.get(Journal).until(1) == ["1"]
        await app.get(Outbox).relay()
        assert await rows(app) == 0


async def test_a_rolled_back_call_is_nowhere(start: Start) -> None:
    async with start() as app:
        database, outbox = app.get(Database), app.get(Outbox)
        await place(database, outbox, 1, then="rollback")
        with pytest.raises(RuntimeError, match="on purpose"):
            await place(database, outbox, 2, then="raise")
        async with database.session() as session:
            savepoint = await session.begin_nested()
            await outbox.enqueue(session, Orders.confirm(3))
            await savepoint.rollback()
            await outbox.enqueue(session, Orders.confirm(4))
        assert await app.get(Journal).until(1) == ["4"]
        await outbox.relay()
        assert app.get(Journal).entries == ["4"]
        assert (await rows(app), await orders(app)) == (0, 0)


async def test_nothing_reaches_the_queue_before_the_commit(start: Start) -> None:
    async with start(services=False) as app:
        outbox, admin = app.get(Outbox), app.get(QueueAdmin)
        async with app.get(Database).session() as session:
            id = await outbox.enqueue(session, Orders.confirm(1))
            assert await outbox.relay() == 0
            assert await admin.stats("orders") == QueueStats()
        assert await outbox.relay() == 1
        assert [job.id for job in await admin.jobs("orders", "waiting")] == [id]


async def test_a_wrong_call_is_refused_before_anything_is_written(start: Start) -> None:
    confirm: Any = Orders.confirm
    async with start(services=False) as app:
        outbox = app.get(Outbox)
        async with app.get(Database).session() as session:
            with pytest.raises(InvalidArguments, match="argument `number`"):
                await outbox.enqueue(session, confirm("many"))
            with pytest.raises(PayloadTooLarge, match="300"):
                await outbox.enqueue(session, Orders.confirm(1, "x" * 300_000))
            with pytest.raises(InvalidOption, match="time zone"):
                await outbox.enqueue(session, Orders.confirm(1), at=datetime(2030, 1, 1))
            with pytest.raises(InvalidOption, match="key"):
                await outbox.enqueue(session, Orders.confirm(1), key=" ")
            with pytest.raises(InvalidArguments):
                await outbox.enqueue_all(session, [Orders.confirm(1), confirm("many")])
        assert await rows(app) == 0


async def test_a_thousand_jobs_run_in_the_order_in_which_they_were_written(start: Start) -> None:
    wanted = [str(number) for number in range(1000)]
    async with start() as app:
        outbox = app.get(Outbox)
        async with app.get(Database).session() as session:
            for number in range(500):
                await outbox.enqueue(session, Orders.confirm(number))
            calls = [Orders.confirm(number) for number in range(500, 1000)]
            assert len(await outbox.enqueue_all(session, calls)) == 500
            assert await outbox.enqueue_all(session, []) == []
        assert await app.get(Journal).until(1000) == wanted


async def test_large_jobs_are_moved_too(start: Start) -> None:
    calls = [Orders.confirm(number, "x" * 200_000) for number in range(60)]
    async with start(services=False) as app:
        async with app.get(Database).session() as session:
            await app.get(Outbox).enqueue_all(session, calls)
        assert await app.get(Outbox).relay() == 60
        assert (await app.get(QueueAdmin).stats("orders")).waiting == 60


async def test_a_commit_is_followed_at_once_by_the_move(start: Start) -> None:
    async with start(interval=3600) as app:
        for number in range(3):
            await place(app.get(Database), app.get(Outbox), number)
            await app.get(Journal).until(number + 1)


async def test_jobs_of_a_process_without_a_relay_are_found(start: Start) -> None:
    async with start(services=False) as web, start() as worker:
        await place(web.get(Database), web.get(Outbox), 1)
        assert await worker.get(Journal).until(1) == ["1"]


async def test_a_key_keeps_its_meaning(start: Start) -> None:
    async with start(services=False) as app:
        outbox, admin = app.get(Outbox), app.get(QueueAdmin)
        await app.get(Queue).enqueue(Orders.confirm(0), key="a", delay=timedelta(hours=1))
        async with app.get(Database).session() as session:
            for number in (1, 2):
                assert await outbox.enqueue(session, Orders.confirm(number), key="a") == "a"
            await outbox.enqueue(session, Orders.confirm(3), key="b")
            await outbox.enqueue(session, Orders.confirm(4), key="b", replace=True)
        assert await outbox.relay() == 4
        assert [job.arguments["number"] for job in await admin.jobs("orders", "delayed")] == [0]
        assert [job.arguments["number"] for job in await admin.jobs("orders", "waiting")] == [4]


async def test_a_delay_counts_from_the_enqueuing(start: Start) -> None:
    async with start(services=False) as app:
        outbox, admin = app.get(Outbox), app.get(QueueAdmin)
        before = datetime.now(UTC)
        async with app.get(Database).session() as session:
            await outbox.enqueue(session, Orders.confirm(1), delay=timedelta(hours=1))
            await outbox.enqueue(session, Orders.confirm(2), delay=timedelta(milliseconds=50))
            after = datetime.now(UTC)
        await asyncio.sleep(0.1)
        await outbox.relay()
        [job] = await admin.jobs("orders", "delayed")
        assert job.due is not None
        millisecond = timedelta(milliseconds=1)
        assert before - millisecond <= job.due - timedelta(hours=1) <= after + millisecond
        assert [job.arguments["number"] for job in await admin.jobs("orders", "waiting")] == [2]


async def test_a_process_that_only_serves_moves_its_own(start: Start) -> None:
    async with start(role=Role.WEB, interval=3600) as web:
        await place(web.get(Database), web.get(Outbox), 1)
        await until(lambda: empty(web))
        assert (await web.get(QueueAdmin).stats("orders")).waiting == 1


async def test_no_row_gets_the_number_of_an_earlier_one(start: Start) -> None:
    async with start(services=False) as app:
        numbers: list[int] = []
        for number in range(3):
            await place(app.get(Database), app.get(Outbox), number)
            async with app.get(Database).session() as session:
                numbers += await session.scalars(text("SELECT id FROM hutch_outbox"))
            assert await app.get(Outbox).relay() == 1
        assert numbers == sorted(set(numbers))


async def test_the_job_knows_the_request_that_caused_it(start: Start) -> None:
    async with start() as app:
        with bind_context(request_id="r-1"):
            async with app.get(Database).session() as session:
                id = await app.get(Outbox).enqueue(session, Orders.trace())
        assert await app.get(Journal).until(1) == [f"{id} for r-1"]


async def test_jobs_of_a_full_queue_wait_in_the_outbox_and_hold_up_no_other(start: Start) -> None:
    async with start(services=False) as app:
        outbox, admin = app.get(Outbox), app.get(QueueAdmin)
        async with app.get(Database).session() as session:
            await outbox.enqueue_all(session, [Narrow.squeeze(n) for n in range(12)])
            await outbox.enqueue(session, Orders.confirm(1))
        assert await outbox.relay() == 6
        assert (await admin.stats("orders")).waiting == 1
        for moved in (5, 2, 0):
            assert await outbox.relay() == 0
            numbers = [job.arguments["number"] for job in await admin.jobs("narrow", "waiting")]
            assert numbers == sorted(numbers)
            await admin.drain("narrow")
            assert await outbox.relay() == moved
        assert await outbox.stats() == OutboxStats()


async def test_a_queue_can_be_full_without_an_end_to_the_waiting(start: Start) -> None:
    async with start() as app:
        async with app.get(Database).session() as session:
            await app.get(Outbox).enqueue_all(session, [Narrow.squeeze(n) for n in range(50)])
        assert await app.get(Journal).until(50) == [f"narrow {n}" for n in range(50)]

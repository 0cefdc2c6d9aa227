"""The relay: alone or with others, and how it waits for what is away."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import select, text, update
from tests.hutch_outbox.conftest import Start, away, until
from tests.hutch_outbox.shop import Journal, Orders, place
from tests.hutch_outbox.test_outbox import empty, rows
from tests.postgres import Server

from hutch.contributions import Health
from hutch.discovery import Discovery
from hutch.testing import Testing
from hutch_database import Database
from hutch_outbox import Outbox, OutboxBehind, OutboxStats
from hutch_outbox.table import outbox as table
from hutch_outbox.turn import turn
from hutch_queue import Handover, Prepared, QueueAdmin
from hutch_redis.testing import temporary_server

TIMEOUT = "idle_in_transaction_session_timeout"


async def write(app: Testing, *numbers: int) -> None:
    async with app.get(Database).session() as session:
        calls = [Orders.confirm(number) for number in numbers]
        await app.get(Outbox).enqueue_all(session, calls)


async def waiting(app: Testing) -> list[int]:
    admin, found = app.get(QueueAdmin), list[int]()
    while page := await admin.jobs("orders", "waiting", offset=len(found), limit=500):
        found += [job.arguments["number"] for job in page]
    return found


async def test_several_relays_at_once_keep_the_order_and_double_nothing(start: Start) -> None:
    async with AsyncExitStack() as stack:
        first, *others = [await stack.enter_async_context(start(services=False)) for _ in range(3)]
        for hundred in range(0, 3000, 100):
            await write(first, *range(hundred, hundred + 100))
        moved = await asyncio.gather(*(app.get(Outbox).relay() for app in (first, *others)))
        assert sum(moved) == 3000
        assert await waiting(first) == list(range(3000))
        assert await rows(first) == 0


async def test_relays_move_while_producers_write(start: Start) -> None:
    async with start() as one, start() as other, start(services=False) as web:
        producers = [place(web.get(Database), web.get(Outbox), number) for number in range(50)]
        producers += [place(one.get(Database), one.get(Outbox), n) for n in range(50, 100)]
        await asyncio.gather(*producers)
        async with asyncio.timeout(30):
            while len(one.get(Journal).entries) + len(other.get(Journal).entries) < 100:
                await asyncio.sleep(0.02)
        ran = one.get(Journal).entries + other.get(Journal).entries
        assert sorted(map(int, ran)) == list(range(100))


async def test_a_frozen_relay_loses_its_turn(start_server: Start) -> None:
    async with start_server(services=False) as app, turn(app.get(Database)) as frozen:
        assert await frozen.scalar(text(f"SHOW {TIMEOUT}")) == "10s"
        await frozen.execute(text(f"SET LOCAL {TIMEOUT} = '100ms'"))
        await write(app, 1)
        async with asyncio.timeout(20):
            assert await app.get(Outbox).relay() == 1
        await frozen.invalidate()


async def test_what_is_stored_and_not_deleted_is_stored_once(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Handover.store
    failures = iter(range(3))

    async def store_and_fail(self: Handover, prepared: Sequence[Prepared]) -> list[bool]:
        stored = await store(self, prepared)
        if next(failures, None) is not None:
            raise OSError("on purpose")
        return stored

    monkeypatch.setattr(Handover, "store", store_and_fail)
    async with start() as app:
        async with app.get(Database).session() as session:
            calls = [Orders.confirm(n) for n in (1, 2)]
            keyed = [Orders.confirm(n).with_options(key=f"k{n}") for n in (3, 4)]
            await app.get(Outbox).enqueue_all(session, [*calls, *keyed])
        await app.get(Journal).until(4)
        await until(lambda: empty(app))
        assert next(failures, None) is None
        assert app.get(Journal).entries == ["1", "2", "3", "4"]


async def test_a_key_that_is_used_again_runs_again(start: Start) -> None:
    async with start() as app:
        for number in (1, 1, 1):
            async with app.get(Database).session() as session:
                await app.get(Outbox).enqueue(session, Orders.confirm(number), key="k")
            await until(lambda: empty(app))
            await until(lambda: completed(app))
        assert app.get(Journal).entries == ["1", "1", "1"]


async def test_redis_away_is_told_once_and_its_return_too(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_REDIS__TIMEOUT", "0.2")
    async with temporary_server() as server, start(redis=server.url) as app:
        with structlog.testing.capture_logs() as lines:
            os.kill(server.pid, signal.SIGSTOP)
            try:
                for number in range(5):
                    await place(app.get(Database), app.get(Outbox), number)
                    await asyncio.sleep(0.3)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            told = await until_told(lines)
            await app.get(Journal).until(5)
    assert told[0]["error"] == "QueueUnavailable"
    assert told[1]["seconds"] > 0


async def test_a_database_away_is_waited_for(
    start_server: Start, server_url: str, postgres: Server
) -> None:
    async with start_server() as app:
        with structlog.testing.capture_logs() as lines:
            async with away(postgres, server_url):
                await asyncio.sleep(1)
            await until_told(lines)
            await write(app, 1, 2)
            await app.get(Journal).until(2)
            await until_told(lines)


async def until_told(lines: Sequence[Any]) -> Sequence[Any]:
    """Wait until the relay works again; it said so once, and once that it did not."""
    async with asyncio.timeout(20):
        while not any(line["event"] == "outbox is moved again" for line in lines):
            await asyncio.sleep(0.02)
    told = [line for line in lines if line["event"].startswith("outbox")]
    assert [line["event"] for line in told] == ["outbox cannot be moved", "outbox is moved again"]
    return told


async def test_a_stop_lets_the_trip_end_and_leaves_the_rest(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, began = Handover.store, asyncio.Event()

    async def store_slowly(self: Handover, prepared: Sequence[Prepared]) -> list[bool]:
        began.set()
        await asyncio.sleep(0.2)
        return await store(self, prepared)

    async with start(services=False) as web:
        await write(web, *range(1200))
        with monkeypatch.context() as patch:
            patch.setattr(Handover, "store", store_slowly)
            async with start():
                await began.wait()
        assert await rows(web) == 700
        assert await web.get(Outbox).relay() == 700
        ran = (await web.get(QueueAdmin).stats("orders")).completed
        assert ran + len(await waiting(web)) == 1200


async def test_old_rows_fail_the_health_check_and_stand_in_the_metrics(start: Start) -> None:
    async with start(services=False, behind_after=60) as app:
        outbox = app.get(Outbox)
        assert await outbox.stats() == OutboxStats(0, 0.0)
        assert await checked(app) == "0 waiting"
        await write(app, 1, 2)
        assert await checked(app) == "2 waiting"
        async with app.get(Database).session() as session:
            first = select(table.c.id).order_by(table.c.id).limit(1).scalar_subquery()
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            await session.execute(
                update(table).where(table.c.id == first).values(created_at=hour_ago)
            )
        with pytest.raises(OutboxBehind, match=r"2 waiting, the oldest for 36\d\d s"):
            await checked(app)
        readings = {
            reading.name: reading.value for reading, _ in await app.get(Discovery).metrics()
        }
        assert readings["hutch_outbox_jobs"] == 2
        assert 3600 <= readings["hutch_outbox_oldest_seconds"] < 3700


async def test_a_backlog_takes_no_process_out_of_service(start: Start) -> None:
    async with start(services=False) as app:
        found = [check for check, _ in app.get(Discovery).callables(Health)]
        assert [check.required for check in found if check.name == "outbox"] == [False]


async def checked(app: Testing) -> Any:
    [probe] = [
        probe for check, probe in app.get(Discovery).callables(Health) if check.name == "outbox"
    ]
    return await probe()


async def completed(app: Testing) -> bool:
    return (await app.get(QueueAdmin).job("orders", "k")).state == "completed"

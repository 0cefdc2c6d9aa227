"""Consumers that lose replies, leases and time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from tests.hutch_pubsub.bot import MESSAGES, Journal, bot, chat, until_empty
from tests.hutch_pubsub.conftest import Start
from tests.hutch_pubsub.losing import gave, lose_first, settled

from hutch import Module
from hutch_pubsub import Inbox, InboxAdmin, InboxSpec, InboxStores, consumer, pubsub_module
from hutch_pubsub.inbox_contract import LONG, Chat, ids
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.redis_inbox import RedisInbox
from hutch_pubsub.storage import Done
from hutch_redis import Redis

AGED = InboxSpec("aged", Chat, max_age=timedelta(minutes=5))
HOUR = 3_600_000


async def test_what_a_lost_reply_gave_comes_back_at_once(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = lose_first(monkeypatch, "turn", gave)
    async with on_redis(bot) as app:
        await app.get(Inbox).add_all(MESSAGES, [chat(1), chat(2)])
        await app.get(Journal).until(2, seconds=5)
        await until_empty(app)
    assert lost
    assert sorted(app.get(Journal).entries) == [("1", 1), ("2", 1)]


async def test_what_a_lost_reply_settled_is_settled_once(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = lose_first(monkeypatch, "turn", settled)
    async with on_redis(bot) as app:
        await app.get(Inbox).add_all(MESSAGES, [chat(1, "x"), chat(2, "x"), chat(3, "x")])
        await app.get(Journal).until(3, seconds=5)
        stats = await until_empty(app)
    assert lost
    assert app.get(Journal).entries == [("1", 1), ("2", 1), ("3", 1)]
    assert stats.dead == 0


@dataclass
class Patient:
    journal: Journal

    @consumer(AGED)
    async def wait(self, message: Chat) -> None:
        await self.journal.write("begun")
        try:
            await self.journal.gate.wait()
        finally:
            await self.journal.write("stopped")


patient = Module(
    "patient",
    imports=[pubsub_module(AGED)],
    providers=[Journal, Patient],
    exports=[Journal, Inbox, InboxAdmin],
)


async def test_a_lost_lease_stops_the_handler(start: Start) -> None:
    with capture_logs() as logs:
        async with start(patient, lease=1) as app:
            journal = app.get(Journal)
            id = await app.get(Inbox).add(AGED, Chat(id="1"))
            await journal.until(1)
            store = app.app.get(InboxStores, pubsub_module()).fast
            [taken] = (await store.tend(AGED, "thief", "-", 10, 0)).entries
            await journal.until(2)
            assert taken.id == id
            assert list(await store.held(AGED, "thief")) == [id]
            assert (await app.get(InboxAdmin).stats(AGED.name)).length == 1
    assert [log["entries"] for log in logs if log["event"] == "lease is lost"] == [[id]]


async def test_a_refusing_store_is_asked_again(
    on_redis: Start, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hutch_pubsub.intake.BETWEEN", 0.05)
    client, key = cast(Any, redis.state), redis.key("QUEUE", "messages")
    await client.set(key, "hidden")
    with capture_logs() as logs:
        async with on_redis(bot) as app:
            async with asyncio.timeout(5):
                while not any(log["event"] == "inbox refuses its consumer" for log in logs):
                    await asyncio.sleep(0.01)
            await client.delete(key)
            await app.get(Inbox).add(MESSAGES, chat(1))
            await app.get(Journal).until(1)
    [line, *_] = [log for log in logs if log["event"] == "inbox refuses its consumer"]
    assert line["error"] == "ResponseError WRONGTYPE"


async def test_numbers_rise_when_the_clock_is_set_back() -> None:
    now = 10 * HOUR
    store = MemoryInbox(lambda: now)
    [before] = (await store.add(AGED, [{"id": "1"}])).ids
    now -= HOUR
    [after] = (await store.add(AGED, [{"id": "2"}])).ids
    assert (before, after) == (f"{10 * HOUR}-0", f"{10 * HOUR}-1")
    assert ids((await store.turn(AGED, "a", [], 10, LONG)).entries) == ["1", "2"]


async def test_values_that_came_long_ago_are_forgotten() -> None:
    now = 10 * HOUR
    store = MemoryInbox(lambda: now)
    spec = InboxSpec("once", Chat, once_by="id", once_for=timedelta(minutes=1))
    for number in range(3000):
        await store.add(spec, [{"id": str(number)}])
        [entry] = (await store.turn(spec, "a", [], 1, LONG)).entries
        await store.turn(spec, "a", [Done(entry.id, "ack")], 0, LONG)
        now += 1000
    assert len(store._box(spec).seen) <= 1100
    await store.add(spec, [{"id": "2990"}])
    assert (await store.turn(spec, "a", [], 1, LONG)).moved == {"duplicate": 1}


async def test_entries_from_the_future_are_not_old(redis: Redis) -> None:
    """As they are after the server's clock was set back."""
    client, store = cast(Any, redis.state), RedisInbox(redis, redis.state)
    seconds, _ = await client.time()
    await client.xadd(store.key(AGED), {"id": "1"}, id=f"{seconds * 1000 + HOUR}-0")
    [after] = (await store.add(AGED, [{"id": "2"}])).ids
    assert after == f"{seconds * 1000 + HOUR}-1"
    await store.open(AGED)
    assert ids((await store.turn(AGED, "a", [], 10, LONG)).entries) == ["1", "2"]
    assert (await store.stats(AGED)).oldest == 0


@pytest.mark.req("SM-10", "C-57")
async def test_old_entries_go_to_review_when_the_clock_leaps() -> None:
    now = 10 * HOUR
    store = MemoryInbox(lambda: now)
    await store.add(AGED, [{"id": "1"}])
    now += 5 * 60_000
    assert ids((await store.turn(AGED, "a", [], 10, LONG)).entries) == ["1"]
    await store.add(AGED, [{"id": "2"}])
    now += 5 * 60_000 + 1
    turn = await store.turn(AGED, "a", [], 10, LONG)
    assert (turn.entries, turn.moved) == ([], {"too old": 1})


@pytest.mark.req("SM-10", "C-57")
async def test_five_minutes_are_counted_by_the_server(redis: Redis) -> None:
    client, store = cast(Any, redis.state), RedisInbox(redis, redis.state)
    seconds, _ = await client.time()
    for id, age in (("old", 301), ("fresh", 290)):
        await client.xadd(store.key(AGED), {"id": id}, id=f"{(seconds - age) * 1000}-0")
    await store.open(AGED)
    turn = await store.turn(AGED, "a", [], 10, LONG)
    assert (ids(turn.entries), turn.moved) == (["fresh"], {"too old": 1})
    assert (await store.stats(AGED)).review == 1

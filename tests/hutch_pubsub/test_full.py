"""Consumers of a server whose memory is full, and of entries that are too large for Lua."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from redis.exceptions import OutOfMemoryError
from tests.hutch_pubsub.bot import MESSAGES, Journal, bot, until_empty
from tests.hutch_pubsub.conftest import starting

from hutch_pubsub import InboxAdmin, InboxSpec
from hutch_pubsub.inbox_contract import LONG, ORDERED, PLAIN, Chat, done, fill, ids, shelf, take
from hutch_pubsub.redis_inbox import RedisInbox
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server

WIDE = InboxSpec("contract:wide", Chat)


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with temporary_server() as running:
        yield running


@asynccontextmanager
async def opened(server: EmbeddedServer) -> AsyncIterator[Redis]:
    settings = RedisSettings.model_validate({"url": server.url, "prefix": "full"})
    async with asynccontextmanager(open_redis)(settings) as redis:
        yield redis


async def fill_up(redis: Redis) -> None:
    await cast(Any, redis.state).config_set("maxmemory", "1")


async def test_a_dead_message_on_a_full_server_keeps_nobody_up(server: EmbeddedServer) -> None:
    async with opened(server) as redis:
        store = RedisInbox(redis, redis.state)
        await fill(store, PLAIN, "1", "2", "3")
        one, two, three = await take(store, PLAIN, want=3)
        await fill_up(redis)
        with pytest.raises(OutOfMemoryError):
            await store.add(PLAIN, [{"id": "4"}])
        ends = done(one), done(two, "dead", "no")
        await store.turn(PLAIN, "a", ends, 0, LONG)
        assert list(await store.held(PLAIN, "a")) == [three.id]
        assert await shelf(store, PLAIN, "dead") == [("2", "no")]


async def test_an_order_on_a_full_server_goes_on(server: EmbeddedServer) -> None:
    async with opened(server) as redis:
        store = RedisInbox(redis, redis.state)
        await fill(store, ORDERED, "1/x", "2/x", "3/y")
        await take(store, ORDERED, "gone", want=1)
        await fill_up(redis)
        turn = await store.tend(ORDERED, "b", "-", 10, 0)
        assert ids(turn.entries) == ["1"]
        read = await take(store, ORDERED, "b", done(turn.entries[0]))
        assert sorted(ids(read)) == ["2", "3"]


async def test_consumers_empty_a_full_server(server: EmbeddedServer) -> None:
    async with opened(server) as redis, starting("redis", server.url, "full")(bot) as app:
        client, key = cast(Any, redis.state), redis.key("QUEUE", "messages")
        gate = [(n, "wait" if n < 4 else "") for n in range(8)]
        for number, content in gate:
            who = {"messageId": str(number), "contactId": f"c{number}", "content": content}
            await client.xadd(key, who if number != 4 else {"unreadable": "x"})
        await app.get(Journal).until(4)
        await fill_up(redis)
        app.get(Journal).gate.set()
        await app.get(Journal).until(7)
        await until_empty(app)
        assert (await app.get(InboxAdmin).stats(MESSAGES.name)).dead == 1


async def test_an_entry_with_thousands_of_fields_goes_aside(redis: Redis) -> None:
    store = RedisInbox(redis, redis.state)
    await store.open(WIDE)
    fields = {f"field{n}": "value" for n in range(4100)}
    await cast(Any, redis.state).xadd(store.key(WIDE), fields)
    [entry] = await take(store, WIDE)
    await asyncio.wait_for(take(store, WIDE, "a", done(entry, "dead", "unreadable: id")), 5)
    [dead] = await store.page(WIDE, "dead", "0-0", 10)
    assert dead.fields["hutch:reason"] == "unreadable: id (kept 3500 of 4100 fields)"
    assert dead.fields["hutch:id"] == entry.id
    assert len(dead.fields) == 3502
    assert await store.replay(WIDE, "dead", [dead.id]) == [dead.id]
    [again] = await take(store, WIDE)
    assert len(again.fields) == 3500

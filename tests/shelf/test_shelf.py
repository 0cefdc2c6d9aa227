"""All modules in one app: on Redis, swapped one by one, and all in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
from redis.asyncio import Redis as Client
from tests.shelf.app import MODULES, NOTED, NOTES, PRODUCTS, Jobs, Note, shelf, use_all

from demo.backends import Vacancy, vacancy
from hutch import bind
from hutch.testing import testing
from hutch_cache import Cache
from hutch_pubsub import Events, Inbox
from hutch_queue import Queue
from hutch_redis import EmbeddedServer, RedisSettings
from hutch_redis.testing import keys_outside, temporary_server


@pytest.fixture
async def own_server() -> AsyncIterator[EmbeddedServer]:
    async with temporary_server() as server:
        yield server


@pytest.fixture
async def empty_place() -> AsyncIterator[Vacancy]:
    async with vacancy() as place:
        yield place


def choose(monkeypatch: pytest.MonkeyPatch, url: str, prefix: str, **backends: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("REDIS_PREFIX", prefix)
    for module in MODULES:
        monkeypatch.setenv(f"HUTCH_{module.upper()}__BACKEND", backends.get(module, "redis"))


@pytest.mark.req("XB-01", "XB-02")
async def test_every_key_of_every_module_has_the_prefix(
    monkeypatch: pytest.MonkeyPatch, own_server: EmbeddedServer
) -> None:
    choose(monkeypatch, own_server.url, "stg")
    async with testing(shelf, services=True) as t:
        await use_all(t)
        async with Client.from_url(own_server.url) as client:
            kept = [name async for name in cast(Any, client).scan_iter()]
            channels = await cast(Any, client).pubsub_channels("*")
            assert len(kept) > 15
            assert await keys_outside(client, "stg:") == []
            assert [name for name in channels if not name.startswith(b"stg:")] == []


@pytest.mark.req("XB-13", "XB-14", "XB-15")
async def test_no_key_of_a_queue_with_waiting_jobs_expires(
    monkeypatch: pytest.MonkeyPatch, own_server: EmbeddedServer
) -> None:
    choose(monkeypatch, own_server.url, "stg")
    async with testing(shelf) as t:
        await t.get(Queue).enqueue_all([Jobs.note("a"), Jobs.note("b")])
        async with Client.from_url(own_server.url) as client:
            names = [name async for name in cast(Any, client).scan_iter("stg:q:*")]
            assert names
            assert {await client.ttl(name) for name in names} == {-1}


@pytest.mark.req("XB-13")
async def test_no_key_of_a_queue_expires_once_its_jobs_have_run(
    monkeypatch: pytest.MonkeyPatch, own_server: EmbeddedServer
) -> None:
    choose(monkeypatch, own_server.url, "stg")
    async with testing(shelf, services=True) as t:
        handle = await t.get(Queue).enqueue(Jobs.note("a"))
        await t.get(Queue).enqueue(Jobs.note("b"), delay=timedelta(hours=1))
        assert await handle.result() == "a"
        async with Client.from_url(own_server.url) as client:
            names = [name async for name in cast(Any, client).scan_iter("stg:q:*")]
            kept = {name.rpartition(b":")[2] for name in names}
            assert kept >= {b"jobs", b"delayed", b"complete", b"workers"}
            gone = -2  # a token to wake a worker comes and goes
            assert {await client.ttl(name) for name in names} - {gone} == {-1}


@pytest.mark.req("XB-03")
async def test_two_environments_on_one_server_do_not_see_each_other(
    monkeypatch: pytest.MonkeyPatch, own_server: EmbeddedServer
) -> None:
    choose(monkeypatch, own_server.url, "stg")
    other = RedisSettings.model_validate({"url": own_server.url, "prefix": "prod"})
    async with testing(shelf) as staging, testing(shelf, bind(RedisSettings).value(other)) as prod:
        await staging.get(Cache).set(PRODUCTS.key("a"), ["scarf"])
        await staging.get(Queue).enqueue(Jobs.note("a"))
        await staging.get(Inbox).add(NOTES, Note(text="a"))
        async with prod.get(Events).subscribe(NOTED.all()) as stream:
            await staging.get(Events).publish(NOTED.of(user=7), Note(text="a"))
            await prod.get(Events).publish(NOTED.of(user=7), Note(text="mine"))
            async with asyncio.timeout(5):
                heard: Any = await anext(stream)
        assert heard.value == Note(text="mine")
        assert await prod.get(Cache).get(PRODUCTS.key("a")) is None
        async with Client.from_url(own_server.url) as client:
            assert [name async for name in cast(Any, client).scan_iter("prod:q:*")] == []
            assert [name async for name in cast(Any, client).scan_iter("prod:QUEUE:*")] == []


@pytest.mark.parametrize("module", MODULES)
async def test_each_module_is_swapped_by_one_setting(
    monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str, module: str
) -> None:
    choose(monkeypatch, redis_url, redis_prefix, **{module: "memory"})
    async with testing(shelf, services=True) as t:
        await use_all(t)


async def test_with_all_in_memory_nobody_asks_for_redis(
    monkeypatch: pytest.MonkeyPatch, empty_place: Vacancy
) -> None:
    choose(monkeypatch, empty_place.url, "stg", **dict.fromkeys(MODULES, "memory"))
    async with testing(shelf, services=True) as t:
        await use_all(t)
    assert empty_place.connections == 0

"""Redis refused, hung, full, restarted: values are loaded as if there were no cache."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis as Client
from tests.hutch_cache.harm import CUP, app_on, free, stopped

from hutch import Discovery
from hutch.contributions import Health
from hutch.testing import Testing
from hutch_cache import Cache, CacheStats, CacheUnavailable, Store, StoreCache
from hutch_cache.contract.lab import ITEM, LIST, Loader, until
from hutch_cache.module import core_module
from hutch_redis.testing import temporary_server

T = TypeVar("T")
SOON = 0.25


async def soon(waiting: Awaitable[T]) -> T:
    """Check that it takes less than a quarter of a second."""
    begun = time.monotonic()
    result = await waiting
    assert time.monotonic() - begun < SOON
    return result


async def loads_without(cache: Cache) -> None:
    """Check what every call does while the server is away."""
    load, listed = Loader(CUP), Loader([CUP])
    assert await soon(cache.get_or_load(ITEM.key("a"), load)) == CUP
    assert await soon(cache.get_or_load(LIST.key("a"), listed)) == [CUP]
    assert (load.calls, listed.calls) == (1, 1)
    assert await soon(cache.get(ITEM.key("a"), None)) is None
    assert await soon(cache.set(ITEM.key("a"), CUP)) is False
    assert await soon(cache.set(LIST.key("a"), [CUP])) is False


async def raises_without(cache: Cache) -> None:
    for asked in (
        cache.delete(ITEM.key("a")),
        cache.invalidate("all"),
        cache.clear("item"),
        cache.stats(),
    ):
        with pytest.raises(CacheUnavailable, match=r"the cache's server did not do it \(\w+\)\."):
            await soon(asked)


def figures(app: Testing, name: str) -> CacheStats:
    cache: Any = app.get(Cache)
    assert isinstance(cache, StoreCache)
    return cache.tallies.here()[name]


@pytest.mark.req("XB-37", "SM-34")
async def test_a_server_that_is_not_there() -> None:
    async with app_on("redis://127.0.0.1:1") as app:
        await loads_without(app.get(Cache))
        await raises_without(app.get(Cache))
        assert figures(app, "item") == CacheStats(errors=3)
        assert figures(app, "list") == CacheStats(errors=2)


@pytest.mark.req("XB-37")
async def test_a_server_that_hangs() -> None:
    # half of the default, so that a busy machine does not fail this
    async with temporary_server() as server, app_on(server.url, timeout=0.1) as app:
        await app.get(Cache).set(ITEM.key("a"), CUP)
        with stopped(server.pid):
            await loads_without(app.get(Cache))
            await raises_without(app.get(Cache))
        assert figures(app, "item") == CacheStats(errors=3)
        assert await app.get(Cache).get(ITEM.key("a")) == CUP


async def test_by_default_it_takes_a_fifth_of_a_second() -> None:
    took: list[float] = []
    async with temporary_server() as server, app_on(server.url) as app:
        with stopped(server.pid):
            for _ in range(3):
                begun = time.monotonic()
                await app.get(Cache).get_or_load(ITEM.key("a"), Loader(CUP))
                took.append(time.monotonic() - begun)
    assert 0.19 < min(took) < SOON


async def test_who_waits_for_another_loads_when_the_server_goes() -> None:
    async with temporary_server() as server, app_on(server.url, timeout=0.1) as app:
        store = app.app.get(Store, core_module())
        assert (await store.claim(ITEM.key("a").parts, (), "other", 30))[0]
        load = Loader(CUP)
        waiting = asyncio.create_task(app.get(Cache).get_or_load(ITEM.key("a"), load))
        await until(lambda: _missed(app))
        with stopped(server.pid):
            assert await waiting == CUP
        assert load.calls == 1
        assert figures(app, "item") == CacheStats(misses=1, errors=1)


async def _missed(app: Testing) -> bool:
    return figures(app, "item").misses == 1


async def test_a_server_that_hangs_during_a_load() -> None:
    async with temporary_server() as server, app_on(server.url, timeout=0.1) as app:
        load = Loader([CUP], waits=True)
        asked = asyncio.create_task(app.get(Cache).get_or_load(LIST.key("a"), load))
        await load.begun.wait()
        with stopped(server.pid):
            load.gate.set()
            assert await soon(asked) == [CUP]
        assert figures(app, "list") == CacheStats(misses=1, errors=1)
        await until(lambda: free(server.url))


async def test_those_who_ask_at_once_while_it_is_away_load_once() -> None:
    async with app_on("redis://127.0.0.1:1") as app:
        load = Loader(CUP, waits=True)
        asked = [
            asyncio.create_task(app.get(Cache).get_or_load(ITEM.key("a"), load)) for _ in range(20)
        ]
        await load.begun.wait()
        await until(lambda: _counted(app))
        load.gate.set()
        assert await asyncio.gather(*asked) == [CUP] * 20
        assert load.calls == 1


async def _counted(app: Testing) -> bool:
    return figures(app, "item").errors == 20


async def test_a_full_server() -> None:
    async with temporary_server() as server, app_on(server.url) as app:
        cache = app.get(Cache)
        await cache.set(ITEM.key("kept"), CUP)
        await cache.set(LIST.key("kept"), [CUP])
        async with Client.from_url(server.url) as client:
            await client.config_set("maxmemory", 1)
            await loads_without(cache)
            assert await soon(cache.get(ITEM.key("kept"))) == CUP
            assert await soon(cache.get(LIST.key("kept"))) == [CUP]
            await soon(cache.invalidate("all", "none"))
            assert await soon(cache.get(LIST.key("kept"))) is None
            await soon(cache.delete(ITEM.key("kept")))
            assert await soon(cache.get(ITEM.key("kept"))) is None
            assert await soon(cache.clear("list")) == 1
            assert figures(app, "item").errors == 2
            await client.config_set("maxmemory", 0)
        assert await cache.get_or_load(ITEM.key("a"), Loader(CUP)) == CUP
        assert await cache.get(ITEM.key("a")) == CUP
        assert (await cache.stats())["item"].errors == 2


@pytest.mark.req("SM-34", "XB-37")
async def test_a_server_that_is_killed_and_comes_back() -> None:
    async with temporary_server() as server, app_on(server.url) as app:
        cache = app.get(Cache)
        await cache.set(LIST.key("a"), [CUP])
        os.kill(server.pid, signal.SIGKILL)
        assert await soon(cache.get_or_load(LIST.key("b"), Loader([CUP]))) == [CUP]

        async def kept() -> bool:
            await soon(cache.get_or_load(LIST.key("b"), Loader([CUP])))
            return await soon(cache.get(LIST.key("b"))) == [CUP]

        await until(kept)
        await cache.invalidate("list:a")
        assert await cache.get(LIST.key("a")) is None


async def test_the_health_check_fails_and_the_app_stays_ready() -> None:
    async with temporary_server() as server, app_on(server.url, timeout=0.1) as app:
        [(check, probe)] = [
            found for found in app.app.get(Discovery).callables(Health) if found[0].name == "cache"
        ]
        assert not check.required
        await app.get(Cache).get(ITEM.key("a"))
        assert await probe() == "0 hits, 1 misses"
        with stopped(server.pid), pytest.raises(CacheUnavailable):
            await soon(probe())

"""Redis refused, hung, slow, full, restarted: values are loaded as if there were no cache."""

import asyncio
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis as Client
from tests.deadlines import fails_within, within
from tests.hutch_cache.harm import CUP, app_on, free, stopped
from tests.stuck_redis import WAYS, stuck_redis

from hutch import Discovery
from hutch.contributions import Health
from hutch.testing import Testing
from hutch_cache import Cache, CacheStats, CacheUnavailable, Key, Store, StoreCache
from hutch_cache.contract.lab import ITEM, LIST, Loader, until
from hutch_cache.module import core_module
from hutch_redis.testing import temporary_server

T = TypeVar("T")
SOON = 0.25


async def loads_without(cache: Cache) -> Counter[str]:
    """Check what every call does while the server is away; return how often which was made."""
    item, items = ITEM.key("a"), LIST.key("a")
    asked: Counter[str] = Counter()

    async def soon(what: str, call: Callable[[], Awaitable[T]]) -> T:
        async def counted() -> T:
            asked[what] += 1
            return await call()

        return await within(SOON, counted)

    async def loaded(key: Key[Any], value: object) -> None:
        load = Loader(value)
        assert await cache.get_or_load(key, load) == value
        assert load.calls == 1

    await soon("item", lambda: loaded(item, CUP))
    await soon("list", lambda: loaded(items, [CUP]))
    assert await soon("item get", lambda: cache.get(item, None)) is None
    assert await soon("item", lambda: cache.set(item, CUP)) is False
    assert await soon("list", lambda: cache.set(items, [CUP])) is False
    return asked


async def raises_without(cache: Cache) -> None:
    for call in (
        lambda: cache.delete(ITEM.key("a")),
        lambda: cache.invalidate("all"),
        lambda: cache.clear("item"),
        cache.stats,
    ):
        error = await fails_within(SOON, CacheUnavailable, call)
        assert re.fullmatch(r"the cache's server did not do it \(\w+\)\.", str(error))


def figures(app: Testing, name: str) -> CacheStats:
    cache: Any = app.get(Cache)
    assert isinstance(cache, StoreCache)
    return cache.tallies.here()[name]


@pytest.mark.req("XB-37", "SM-34")
async def test_a_server_that_is_not_there() -> None:
    async with app_on("redis://127.0.0.1:1") as app:
        asked = await loads_without(app.get(Cache))
        await raises_without(app.get(Cache))
        assert figures(app, "item") == CacheStats(errors=asked["item"] + asked["item get"])
        assert figures(app, "list") == CacheStats(errors=asked["list"])


@pytest.mark.req("XB-37")
@pytest.mark.parametrize("way", WAYS)
async def test_a_server_that_hangs_or_is_slow(way: str) -> None:
    async with (
        temporary_server() as server,
        stuck_redis(server, way) as redis,
        app_on(redis.url) as app,
    ):
        await app.get(Cache).set(ITEM.key("kept"), CUP)
        with redis.stuck():
            asked = await loads_without(app.get(Cache))
            await raises_without(app.get(Cache))
        assert figures(app, "item") == CacheStats(errors=asked["item"] + asked["item get"])
        assert figures(app, "list") == CacheStats(errors=asked["list"])
        assert await app.get(Cache).get_or_load(ITEM.key("b"), Loader(CUP)) == CUP
        assert await app.get(Cache).get(ITEM.key("b")) == CUP


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
    async with temporary_server() as server, app_on(server.url) as app:
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
    async with temporary_server() as server, app_on(server.url) as app:
        tries = count()

        async def load_while_it_hangs() -> None:
            load, key = Loader([CUP], waits=True), LIST.key(str(next(tries)))
            asked = asyncio.create_task(app.get(Cache).get_or_load(key, load))
            await load.begun.wait()
            with stopped(server.pid):
                load.gate.set()
                assert await asked == [CUP]

        await within(SOON, load_while_it_hangs)
        made = next(tries)
        assert figures(app, "list") == CacheStats(misses=made, errors=made)
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
            asked = await loads_without(cache)
            assert await within(SOON, lambda: cache.get(ITEM.key("kept"))) == CUP
            assert await within(SOON, lambda: cache.get(LIST.key("kept"))) == [CUP]
            await within(SOON, lambda: cache.invalidate("all", "none"))
            assert await within(SOON, lambda: cache.get(LIST.key("kept"))) is None
            await within(SOON, lambda: cache.delete(ITEM.key("kept")))
            assert await within(SOON, lambda: cache.get(ITEM.key("kept"))) is None
            assert await cache.clear("list") == 1
            assert figures(app, "item").errors == asked["item"]
            await client.config_set("maxmemory", 0)
        assert await cache.get_or_load(ITEM.key("a"), Loader(CUP)) == CUP
        assert await cache.get(ITEM.key("a")) == CUP
        assert (await cache.stats())["item"].errors == asked["item"]


@pytest.mark.req("SM-34", "XB-37")
async def test_a_server_that_is_killed_and_comes_back() -> None:
    async with temporary_server() as server, app_on(server.url) as app:
        cache = app.get(Cache)
        await cache.set(LIST.key("a"), [CUP])
        os.kill(server.pid, signal.SIGKILL)
        key = LIST.key("b")
        assert await within(SOON, lambda: cache.get_or_load(key, Loader([CUP]))) == [CUP]

        async def kept() -> bool:
            await within(SOON, lambda: cache.get_or_load(key, Loader([CUP])))
            return await within(SOON, lambda: cache.get(key)) == [CUP]

        await until(kept)
        await cache.invalidate("list:a")
        assert await cache.get(LIST.key("a")) is None


async def test_the_health_check_fails_and_the_app_stays_ready() -> None:
    async with temporary_server() as server, app_on(server.url) as app:
        [(check, probe)] = [
            found for found in app.app.get(Discovery).callables(Health) if found[0].name == "cache"
        ]
        assert not check.required
        await app.get(Cache).get(ITEM.key("a"))
        assert await probe() == "0 hits, 1 misses"
        with stopped(server.pid):
            await fails_within(SOON, CacheUnavailable, probe)

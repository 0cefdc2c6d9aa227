"""The module: backends, settings, figures."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import pytest

from hutch import Discovery, Module, bind
from hutch.testing import testing
from hutch_cache import (
    Cache,
    CacheSettings,
    CacheStats,
    Entry,
    InvalidEntry,
    MemoryStore,
    RedisStore,
    cache_module,
)
from hutch_cache.contract.lab import ITEM, LIST, Item, Loader
from hutch_cache.metrics import HELP
from hutch_cache.module import core_module
from hutch_cache.store import Store
from hutch_redis import RedisSettings

CUP = Item(id=1, name="cup")
one = Module("one", imports=[cache_module(ITEM)], exports=[Cache])
NOWHERE = bind(RedisSettings).value(RedisSettings.model_validate({"url": "redis://127.0.0.1:1"}))


@dataclass
class One:
    cache: Cache


@dataclass
class Other:
    cache: Cache


@pytest.mark.req("FD-01")
async def test_classes_of_all_modules_get_the_same_cache() -> None:
    first = Module("first", [cache_module(ITEM)], [One], exports=[One])
    second = Module("second", [cache_module(LIST)], [Other], exports=[Other])
    root = Module("root", imports=[first, second], exports=[first, second])
    async with testing(root) as app:
        one, other = app.get(One), app.get(Other)
        assert one.cache is other.cache
        await one.cache.set(LIST.key("a"), [CUP])
        assert await other.cache.get(LIST.key("a")) == [CUP]


async def test_tests_have_the_memory_backend_and_no_redis() -> None:
    async with testing(one) as app:
        assert isinstance(app.app.get(Store, core_module()), MemoryStore)


async def test_the_backend_is_a_setting() -> None:
    redis = bind(CacheSettings).value(CacheSettings(backend="redis"))
    async with testing(one, redis, NOWHERE) as app:
        assert isinstance(app.app.get(Store, core_module()), RedisStore)


async def test_ttls_come_from_the_settings(start: Any, redis: Any) -> None:
    async with start(one, ttls={"item": 0}) as app:
        await app.get(Cache).set(ITEM.key("a"), CUP)
        assert await redis.cache.pttl(redis.key("cache", "item", "a")) == -1
    async with start(one, ttls={"item": "1d"}, jitter=0) as app:
        await app.get(Cache).set(ITEM.key("a"), CUP)
        assert 86_399_000 < await redis.cache.pttl(redis.key("cache", "item", "a")) <= 86_400_000


async def test_a_wrong_setting_stops_the_start() -> None:
    settings = CacheSettings.model_validate({"ttls": {"itme": "1h"}})
    with pytest.raises(InvalidEntry, match=re.escape("Did you mean 'item'?")):
        async with testing(one, bind(CacheSettings).value(settings)):
            pass


def test_a_module_without_entries_is_refused() -> None:
    with pytest.raises(InvalidEntry, match=r"cache_module\(\): declare at least one entry"):
        cache_module()


@pytest.mark.req("XB-38", "FD-11")
async def test_figures_of_each_entry_are_metrics() -> None:
    async with testing(one) as app:
        cache = app.get(Cache)
        await cache.get(ITEM.key("a"))
        for _ in range(3):
            await cache.get_or_load(ITEM.key("a"), Loader(CUP))
        assert (await cache.stats())["item"] == CacheStats(hits=2, misses=2)
        found = {
            reading.name: (reading.value, reading.labels, text)
            for reading, text in await app.app.get(Discovery).metrics()
            if reading.name.startswith("hutch_cache_")
        }
    counts = {"hits": 2, "misses": 2, "errors": 0}
    assert found == {
        f"hutch_cache_{kind}_total": (
            count,
            (("entry", "item"),),
            HELP[f"hutch_cache_{kind}_total"],
        )
        for kind, count in counts.items()
    }


@pytest.mark.req("FD-11")
def test_the_hit_rate_of_nothing_is_0() -> None:
    assert CacheStats().hit_rate == 0
    assert CacheStats(hits=3, misses=1).hit_rate == 75
    assert CacheStats(errors=3).hit_rate == 0


async def test_the_memory_backend_keeps_what_was_used_last() -> None:
    store = MemoryStore(most=3)
    for name in "abc":
        await store.write(("k", name), name.encode(), None)
    await store.read(("k", "a"), ())
    await store.write(("k", "d"), b"d", None)
    found = [(await store.read(("k", name), ())).value for name in "abcd"]
    assert found == [b"a", None, b"c", b"d"]


async def test_the_memory_backend_forgets_by_its_clock() -> None:
    now = [0.0]
    store = MemoryStore(clock=lambda: now[0])
    await store.write(("k", "a"), b"a", 10)
    now[0] = 9.9
    assert (await store.read(("k", "a"), ())).value == b"a"
    now[0] = 10
    assert (await store.read(("k", "a"), ())).value is None
    assert list(store.names()) == []


async def test_loads_end_with_the_app() -> None:
    load = Loader(CUP, waits=True)
    async with testing(one) as app:
        asked = asyncio.create_task(app.get(Cache).get_or_load(ITEM.key("a"), load))
        await load.begun.wait()
    with pytest.raises(asyncio.CancelledError):
        await asked


def test_the_lifetime_is_required() -> None:
    anything: Any = Entry
    with pytest.raises(TypeError, match="ttl"):
        anything("a", str)

"""What only a real server shows: keys, expiry, trips, eviction."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from redis.asyncio import Redis as Client
from tests.hutch_cache.conftest import Start

from hutch import Module, bind
from hutch.testing import testing
from hutch_cache import (
    Cache,
    CacheSettings,
    Entries,
    Entry,
    RedisStore,
    Store,
    StoreCache,
    cache_module,
)
from hutch_cache.contract.lab import ITEM, LIST, Item, Loader, lab, until
from hutch_redis import Redis, RedisSettings
from hutch_redis.testing import temporary_server

CUP = Item(id=1, name="cup")


@pytest.fixture
def store(redis: Redis) -> Store:
    return RedisStore(redis)


async def ttl(redis: Redis, *parts: str) -> int:
    return await redis.cache.pttl(redis.key(*parts))


async def test_only_what_is_documented_is_stored(redis: Redis, store: Store) -> None:
    async with lab(store) as here:
        load = Loader([CUP], waits=True)
        loading = asyncio.create_task(here.cache.get_or_load(LIST.key("a"), load))
        await load.begun.wait()
        assert 29_000 < await ttl(redis, "cache-claim", "cache", "list", "a") <= 30_000
        load.gate.set()
        await loading
        await here.cache.stats()
    names = [name.decode() async for name in redis.cache.scan_iter(redis.key("x")[:-1] + "*")]
    assert set(names) == {
        redis.key("cache", "list", "a"),
        redis.key("cache-counts"),
        redis.key("cache-tag", "all"),
        redis.key("cache-tag", "list:a"),
    }


@pytest.mark.req("FD-07")
async def test_without_expiry_nothing_expires(redis: Redis, store: Store) -> None:
    async with lab(store) as here:
        await here.cache.get_or_load(LIST.key("a"), Loader([CUP]))
        for parts in (("cache", "list", "a"), ("cache-tag", "all"), ("cache-tag", "list:a")):
            assert await ttl(redis, *parts) == -1


async def test_versions_of_tags_live_as_long_as_the_last_value_needs_them(
    redis: Redis, store: Store
) -> None:
    brief = Entry("brief", int, ttl="1m", tags=("t",))
    longer = Entry("longer", int, ttl="1h", stale="1h", tags=("t",))
    forever = Entry("forever", int, ttl=None, tags=("t",))
    async with lab(store, brief, longer, forever) as here:
        for entry, least in ((brief, 90), (longer, 7230), (brief, 7200), (forever, None)):
            await here.cache.set(entry.key("a"), 1)
            left = await ttl(redis, "cache-tag", "t")
            assert left == -1 if least is None else 0 <= left - least * 1000 + 5000 <= 35_000
        await here.cache.set(brief.key("a"), 1)
        assert await ttl(redis, "cache-tag", "t") == -1


async def test_times_to_live_vary_by_the_jitter(redis: Redis, store: Store) -> None:
    for jitter in (0.1, 0.0):
        settings = CacheSettings(jitter=jitter)
        cache = StoreCache(Entries([ITEM], settings), store, settings)
        for number in range(60):
            await cache.set(ITEM.key(number), CUP)
        found = [await ttl(redis, "cache", "item", str(number)) for number in range(60)]
        low, high = 3_600_000 * (1 - jitter), 3_600_000 * (1 + jitter)
        assert all(low - 5000 < left <= high for left in found)
        assert (max(found) - min(found) > 200_000) == (jitter > 0)


async def test_an_evicted_version_is_a_miss(redis: Redis, store: Store) -> None:
    async with lab(store) as here:
        await here.cache.set(LIST.key("a"), [CUP])
        await redis.cache.delete(redis.key("cache-tag", "all"))
        assert await here.cache.get(LIST.key("a")) is None
        await here.cache.invalidate("all")
        assert await here.cache.get(LIST.key("a")) is None
        await store.versions(["all"], None)
        assert await here.cache.get(LIST.key("a")) is None


async def test_a_version_rises_above_all_that_were_used(redis: Redis, store: Store) -> None:
    [first] = await store.versions(["t"], 60)
    await store.bump(["t"])
    assert await store.versions(["t"], 60) == [first + 1]
    await redis.cache.delete(redis.key("cache-tag", "t"))
    [second] = await store.versions(["t"], 60)
    assert 0 < second - first < 10**12
    seconds, _ = await redis.cache.time()
    assert abs(second // 10**9 - int(seconds)) <= 1


@pytest.mark.parametrize("kind", ["list", "hash"])
async def test_a_key_of_another_kind_is_a_miss(kind: str, redis: Redis, store: Store) -> None:
    for key, value in ((ITEM.key("a"), CUP), (LIST.key("a"), [CUP])):
        name = redis.key(*key.parts)
        if kind == "list":
            await redis.cache.rpush(name, "x")
        else:
            await redis.cache.hset(name, "x", "y")
        async with lab(store) as here:
            got: Any = await here.cache.get(key)
            assert got is None
            load: Loader[Any] = Loader(value)
            assert await here.cache.get_or_load(key, load) == value
            assert await here.cache.get(key) == value
            assert (await here.cache.stats())[key.entry.name].errors == 0


async def test_a_hit_is_one_trip_with_or_without_tags(redis: Redis, store: Store) -> None:
    async with lab(store) as here:
        await here.cache.set(ITEM.key("a"), CUP)
        await here.cache.set(LIST.key("a"), [CUP])
        calls = await _commands(redis)
        assert await here.cache.get_or_load(ITEM.key("a"), Loader(CUP)) == CUP
        assert await here.cache.get_or_load(LIST.key("a"), Loader([CUP])) == [CUP]
        calls = await _commands(redis) - calls
    assert calls == {"get": 1, "mget": 1, "info": 1}


async def _commands(redis: Redis) -> Counter[str]:
    found = await redis.cache.info("commandstats")
    return Counter({name.removeprefix("cmdstat_"): stats["calls"] for name, stats in found.items()})


@pytest.mark.req("X-21")
async def test_clear_looks_through_many_keys_in_small_steps(redis: Redis, store: Store) -> None:
    async with redis.cache.pipeline(transaction=False) as pipeline:
        for number in range(3000):
            pipeline.set(redis.key("cache", "item", number), "{}")
            pipeline.set(redis.key("cache", "item", number, "details"), "{}")
        await pipeline.execute()
    async with lab(store) as here:
        before = await _commands(redis)
        assert await here.cache.clear("item") == 3000
        calls = await _commands(redis) - before
    assert calls.keys() == {"scan", "unlink", "info"}
    assert calls["scan"] > 10
    assert calls["unlink"] >= 6
    assert await redis.cache.exists(redis.key("cache", "item", 7, "details"))


async def test_figures_are_told_once(start: Start, redis: Redis) -> None:
    module = Module("m", imports=[cache_module(ITEM)], exports=[Cache])
    for _ in range(2):
        async with start(module) as app:
            await app.get(Cache).get(ITEM.key("a"))
            await app.get(Cache).stats()
            await app.get(Cache).get(ITEM.key("a"))
    key = redis.key("cache-counts")
    assert await redis.cache.hgetall(key) == {b"item:misses": b"4"}
    assert 29 * 86_400 < await redis.cache.ttl(key) <= 30 * 86_400


async def test_figures_are_told_while_the_app_runs(
    start: Start, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hutch_cache.module.TELL_EVERY", 0.01)
    module = Module("m", imports=[cache_module(ITEM)], exports=[Cache])
    async with start(module) as app:
        await app.get(Cache).get(ITEM.key("a"))

        async def told() -> bool:
            return bool(await redis.cache.hget(redis.key("cache-counts"), "item:misses"))

        await until(told)


@pytest.mark.req("C-10")
async def test_values_are_on_the_server_of_the_cache_role(
    redis: Redis, redis_url: str, redis_prefix: str
) -> None:
    module = Module("m", imports=[cache_module(ITEM)], exports=[Cache])
    async with temporary_server() as server:
        settings = {"url": redis_url, "cache": server.url, "prefix": redis_prefix}
        overrides = (
            bind(RedisSettings).value(RedisSettings.model_validate(settings)),
            bind(CacheSettings).value(CacheSettings(backend="redis")),
        )
        async with testing(module, *overrides) as app:
            await app.get(Cache).set(ITEM.key("a"), CUP)
        async with Client.from_url(server.url) as client:
            assert await client.exists(redis.key("cache", "item", "a"))
    assert not await redis.state.exists(redis.key("cache", "item", "a"))

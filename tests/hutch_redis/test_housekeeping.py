"""Keys listed, removed and audited."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hutch_redis import CleaningRefused, KeyClass, Redis, RedisSettings, open_redis
from hutch_redis.housekeeping import STEP, Cleaning, Found, Namespace
from hutch_redis.testing import temporary_server

Client = Any


async def put(redis: Redis, *names: str, ttl: int | None = None) -> None:
    for name in names:
        await redis.state.set(redis.key(*name.split(":")), 1, ex=ttl)


async def names(redis: Redis) -> set[str]:
    prefix = redis.keys.prefix
    found = [key.decode() async for key in redis.state.scan_iter(f"{prefix}*")]
    return {name.removeprefix(prefix) for name in found}


@pytest.fixture
async def full(redis: Redis) -> Redis:
    """Redis with keys of several kinds, a queue among them."""
    await put(redis, "cache:a", "cache:b:c", "cached", "temp", "temp:x", "temp:x:1h")
    client: Client = redis.state
    await client.hset(f"{redis.keys.prefix}q:{{emails}}:jobs", "1", "job")
    await client.set(redis.keys.prefix.replace(":", "2:") + "cache:a", "another app's", ex=60)
    return redis


QUEUE = "q:{emails}:jobs"


@pytest.mark.req("XB-41", "C-46", "C-52", "FD-33")
@pytest.mark.parametrize("name", ["cache", "cache:*", "cache:", "{p}cache:*"])
async def test_a_namespace_is_cleaned_and_nothing_else(full: Redis, name: str) -> None:
    below = Namespace(full, name.replace("{p}", full.keys.prefix))
    before = await names(full)
    assert await below.clean(remove=False, budget=60) == Cleaning(2, 0, finished=True)
    assert await names(full) == before
    assert await below.clean(remove=True, budget=60) == Cleaning(2, 0, finished=True)
    assert await names(full) == before - {"cache:a", "cache:b:c"}
    other = full.keys.prefix.replace(":", "2:") + "cache:a"
    assert await full.state.get(other) == b"another app's"


@pytest.mark.req("XB-41")
async def test_a_name_is_its_own_key_too(full: Redis) -> None:
    await Namespace(full, "temp:x").clean(remove=True, budget=60)
    assert await names(full) == {"cache:a", "cache:b:c", "cached", "temp", QUEUE}
    await Namespace(full, "temp").clean(remove=True, budget=60)
    assert await names(full) == {"cache:a", "cache:b:c", "cached", QUEUE}


@pytest.mark.req("XB-41", "C-52")
@pytest.mark.parametrize("name", ["*", "{p}*", "{p}"])
async def test_all_of_an_app_is_cleaned_but_its_queues(full: Redis, name: str) -> None:
    found = await Namespace(full, name.replace("{p}", full.keys.prefix)).clean(
        remove=True, budget=60
    )
    assert found == Cleaning(6, 1, finished=True)
    assert await names(full) == {QUEUE}


@pytest.mark.req("XB-41", "C-52")
@pytest.mark.parametrize("name", ["q", "q:*", "{p}q:*", "q:{emails}", "q:emails:jobs"])
async def test_queues_are_not_cleaned(full: Redis, name: str) -> None:
    before = await names(full)
    with pytest.raises(CleaningRefused, match=r"jobs would be lost or run twice; use `hutch q"):
        await Namespace(full, name.replace("{p}", full.keys.prefix)).clean(remove=True, budget=60)
    assert await names(full) == before


async def test_a_glob_is_no_pattern(full: Redis) -> None:
    for name in ("c*e", "?ache", "[c]ache", "t*"):
        found = await Namespace(full, name).clean(remove=True, budget=60)
        assert found.count == 0


@pytest.mark.req("XB-41", "C-46")
async def test_it_stops_within_its_budget_and_goes_on(redis: Redis) -> None:
    for number in range(0, 3 * STEP, STEP):
        await redis.state.mset({redis.key("temp", number + i): 1 for i in range(STEP)})
    below = Namespace(redis, "temp")
    first = await below.clean(remove=True, budget=0)
    assert not first.finished
    assert first.count < 3 * STEP
    rest = await below.clean(remove=True, budget=60)
    assert rest.finished
    assert first.count + rest.count == 3 * STEP
    assert await names(redis) == set()


async def test_keys_are_listed_with_type_and_time(full: Redis) -> None:
    await full.state.expire(full.key("cache", "a"), 60)
    found = {one.name: one for one in await Namespace(full, "cache").find(10)}
    prefix = full.keys.prefix
    assert 50 < found[f"{prefix}cache:a"].ttl <= 60
    assert found[f"{prefix}cache:b:c"] == Found(f"{prefix}cache:b:c", "string", -1)
    assert len(found) == 2
    assert len(await Namespace(full, "*").find(3)) == 3
    kinds = {one.name.removeprefix(prefix): one.type for one in await Namespace(full, "q").find(9)}
    assert kinds == {QUEUE: "hash"}


@pytest.mark.req("XB-43")
async def test_what_has_no_ttl_although_its_class_says_so_is_found(redis: Redis) -> None:
    await put(redis, "cache:a", "cache:a:valid", "tokens:1")
    await put(redis, "cache:b", "tokens:2", ttl=60)
    await put(redis, "cache:c", ttl=4000)
    await put(redis, "other:a", "other:b", "stray", ttl=50)
    client: Client = redis.state
    await client.hset(f"{redis.keys.prefix}q:{{emails}}:jobs", "1", "job")
    classes = [
        KeyClass("cache:*", "short"),
        KeyClass("cache:*:valid", "none"),
        KeyClass("tokens:*", "none"),
    ]
    found = await Namespace(redis, "*").audit(classes)
    prefix = redis.keys.prefix
    faults = {one.name.removeprefix(prefix): (one.pattern, one.problem) for one in found.faults}
    assert {name: pattern for name, (pattern, _) in faults.items()} == {
        "cache:a": "cache:*", "cache:c": "cache:*", "tokens:2": "tokens:*",
    }  # fmt: skip
    assert faults["cache:a"][1] == "has no TTL, but its class is short"
    assert faults["cache:c"][1].endswith(" s, but its class short is 3600 s at most")
    assert found.count == 9
    assert found.undeclared == {"other": 2, "stray": 1}


@pytest.fixture
async def second(redis_url: str, redis_prefix: str) -> AsyncIterator[Redis]:
    """Redis whose cache and channels have servers of their own."""
    async with temporary_server() as server, temporary_server() as third:
        values = {
            "url": redis_url, "prefix": redis_prefix, "cache": server.url, "pubsub": third.url,
        }  # fmt: skip
        settings = RedisSettings.model_validate(values)
        async with asynccontextmanager(open_redis)(settings) as redis:
            yield redis


@pytest.mark.req("FD-33")
async def test_all_servers_of_an_app_are_looked_at(second: Redis) -> None:
    await second.state.set(second.key("cache", "a"), 1)
    await second.cache.set(second.key("cache", "b"), 1)
    await second.pubsub.set(second.key("cache", "c"), 1)
    below = Namespace(second, "cache")
    assert [one.name[-1] for one in await below.find(9)] == ["a", "b", "c"]
    assert (await below.audit([])).undeclared == {"cache": 3}
    assert (await below.clean(remove=True, budget=60)).count == 3
    assert not await second.cache.exists(second.key("cache", "b"))
    assert not await second.pubsub.exists(second.key("cache", "c"))

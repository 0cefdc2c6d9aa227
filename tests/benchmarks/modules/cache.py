"""The cache: hits beside redis-py's own GET, and beside cashews."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from cashews import Cache as Cashews
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import compare, redis_py
from typing_extensions import TypedDict

from hutch_cache import CacheSettings, Entries, Entry, RedisStore, StoreCache
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix


class Product(TypedDict):
    """What is kept, ten of them: checked by us on each read, taken as it is by the others."""

    id: int
    name: str


PRODUCTS: list[Product] = [{"id": number, "name": f"product {number}"} for number in range(10)]
PLAIN = Entry("plain", list[Product], ttl="1h")
TAGGED = Entry("tagged", list[Product], ttl="1h", tags=("catalogue", "shop:{id}"))


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis, redis_py(url) as client:
        cache = StoreCache(
            Entries([PLAIN, TAGGED], CacheSettings()), RedisStore(redis), CacheSettings()
        )
        try:
            return [
                *await _plain(redis, client, cache, url),
                *await _tagged(redis, client, cache, url),
            ]
        finally:
            await redis.cache.unlink(
                redis.key("cache", "plain", 1), redis.key("cache", "tagged", 1)
            )


async def _plain(redis: Redis, client: Any, cache: StoreCache, url: str) -> list[Row]:
    key, name = PLAIN.key(1), redis.key("cache", "plain", 1)

    async def raw() -> object:
        return json.loads(await client.get(name) or b"")

    async def ours() -> object:
        return await cache.get_or_load(PLAIN.key(1), _load)

    await cache.get_or_load(key, _load)
    async with _cashews(url) as peer:
        theirs = peer(ttl="1h", key="plain:{id}")(_load_by_id)
        await theirs(1)
        peers = {
            "redis-py GET and json.loads": (raw, Bar("at least", 0.9)),
            "cashews": (lambda: theirs(1), Bar("at least", 1)),
        }
        return await compare("cache: a hit of ten products", ours, peers, repetitions=41)


async def _tagged(redis: Redis, client: Any, cache: StoreCache, url: str) -> list[Row]:
    key, name = TAGGED.key(1), redis.key("cache", "tagged", 1)

    async def raw() -> object:
        return json.loads(await client.get(name) or b"")

    async def ours() -> object:
        return await cache.get_or_load(TAGGED.key(1), _load)

    await cache.get_or_load(key, _load)
    async with _cashews(url) as peer:
        theirs = peer(ttl="1h", key="tagged:{id}", tags=["catalogue", "shop:{id}"])(_load_by_id)
        await theirs(1)
        peers = {
            "redis-py GET and json.loads": (raw, Bar("at least", 0.85)),
            "cashews": (lambda: theirs(1), Bar("at least", 1)),
        }
        return await compare("cache: a hit with two tags", ours, peers, repetitions=41)


async def _load() -> list[Product]:
    return PRODUCTS


async def _load_by_id(id: int) -> list[Product]:
    return PRODUCTS


@asynccontextmanager
async def _cashews(url: str) -> AsyncIterator[Cashews]:
    """Open cashews on the same server, with JSON as its format, too."""
    cache = Cashews()
    cache.setup("redis://", address=url, pickle_type="json", socket_timeout=10, suppress=False)
    try:
        yield cache
    finally:
        await cache.close()

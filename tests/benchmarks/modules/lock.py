"""Locks, Once and counts: beside redis-py's own commands, and beside its Lock."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import uvloop
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import compare, redis_py

from hutch import Module, bind
from hutch.testing import testing
from hutch_lock import Locks, LockSettings, Once, lock_module
from hutch_metrics import Metrics, MetricsSettings, metrics_module
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

MINUTE = timedelta(minutes=1)
NAMES = 200

APP = Module("app", imports=[lock_module(), metrics_module()], exports=[Locks, Once, Metrics])


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis, redis_py(url) as client:
        overrides = (
            bind(Redis).value(redis),
            bind(LockSettings).value(LockSettings(backend="redis")),
            bind(MetricsSettings).value(MetricsSettings(backend="redis", interval=3600)),
        )
        async with testing(APP, *overrides) as app:
            return [
                *await _lock(redis, client, app.get(Locks)),
                *await _once(redis, client, app.get(Once)),
                *await _repeated(redis, client, app.get(Once)),
                *await _counts(redis, client, app.get(Metrics)),
            ]


async def _lock(redis: Redis, client: Any, locks: Locks) -> list[Row]:
    key = redis.key("raw")
    theirs = client.lock(redis.key("theirs"), timeout=60)

    async def raw() -> None:
        await client.set(key, "token", nx=True, px=60_000)
        await client.delete(key)

    async def with_redis_py() -> None:
        async with theirs:
            pass

    async def ours() -> None:
        async with locks.hold("a", ttl=MINUTE):
            pass

    peers = {
        "redis-py SET NX, DEL": (raw, Bar("at least", 0.5)),
        "redis-py Lock": (with_redis_py, Bar("at least", 0.7)),
    }
    return await compare("lock: hold and free, with a fence", ours, peers, repetitions=21)


async def _once(redis: Redis, client: Any, once: Once) -> list[Row]:
    numbers = count()

    async def raw() -> None:
        key = redis.key("raw", next(numbers))
        await client.set(key, "pending", nx=True, px=60_000)
        await client.set(key, "done", px=60_000)

    async def ours() -> None:
        await once.run(("ours", next(numbers)), _seven, keep=MINUTE)

    peers = {"redis-py SET NX, SET": (raw, Bar("at least", 0.5))}
    return await compare("once: work that is new", ours, peers, repetitions=21)


async def _repeated(redis: Redis, client: Any, once: Once) -> list[Row]:
    key = redis.key("once", "a")

    async def raw() -> None:
        await client.get(key)

    async def ours() -> None:
        await once.run("a", _seven, keep=timedelta(hours=1))

    await ours()
    peers = {"redis-py GET": (raw, Bar("at least", 0.45))}
    return await compare("once: work that was done", ours, peers, repetitions=21)


async def _counts(redis: Redis, client: Any, metrics: Metrics) -> list[Row]:
    keys = redis.key("raw", "day"), redis.key("raw", "hour")
    names = [f"name {number}" for number in range(NAMES)]

    async def raw() -> None:
        async with client.pipeline(transaction=True) as pipe:
            for key in keys:
                for name in names:
                    pipe.hincrby(key, name, 1)
                pipe.expire(key, 60)
            await pipe.execute()

    async def ours() -> None:
        for name in names:
            metrics.count(name)
        await metrics.flush()

    peers = {"redis-py pipeline of HINCRBY": (raw, Bar("at least", 1))}
    return await compare(
        f"metrics: count {NAMES} names and write them", ours, peers, times=10, repetitions=21
    )


async def _seven() -> int:
    return 7

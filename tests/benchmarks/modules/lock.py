"""Locks, Once and counts: beside redis-py's own commands, and beside its Lock."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import uvloop
from tests.benchmarks.measure import Bar, Figure, Row

from hutch import Module, bind
from hutch.testing import testing
from hutch_lock import Locks, LockSettings, Once, lock_module
from hutch_metrics import Metrics, MetricsSettings, metrics_module
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

Operation = Callable[[], Awaitable[object]]
Peers = Mapping[str, tuple[Operation, Bar]]

MINUTE = timedelta(minutes=1)
NAMES = 200
TIMES = 200
REPETITIONS = 15

APP = Module("app", imports=[lock_module(), metrics_module()], exports=[Locks, Once, Metrics])


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis:
        overrides = (
            bind(Redis).value(redis),
            bind(LockSettings).value(LockSettings(backend="redis")),
            bind(MetricsSettings).value(MetricsSettings(backend="redis", interval=3600)),
        )
        async with testing(APP, *overrides) as app:
            return [
                *await _lock(redis, app.get(Locks)),
                *await _once(redis, app.get(Once)),
                *await _repeated(redis, app.get(Once)),
                *await _counts(redis, app.get(Metrics)),
            ]


async def _lock(redis: Redis, locks: Locks) -> list[Row]:
    client, key = redis.state, redis.key("raw")
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
    return await _compare("lock: hold and free, with a fence", ours, peers)


async def _once(redis: Redis, once: Once) -> list[Row]:
    client, numbers = redis.state, count()

    async def raw() -> None:
        key = redis.key("raw", next(numbers))
        await client.set(key, "pending", nx=True, px=60_000)
        await client.set(key, "done", px=60_000)

    async def ours() -> None:
        await once.run(("ours", next(numbers)), _seven, keep=MINUTE)

    peers = {"redis-py SET NX, SET": (raw, Bar("at least", 0.5))}
    return await _compare("once: work that is new", ours, peers)


async def _repeated(redis: Redis, once: Once) -> list[Row]:
    key = redis.key("once", "a")

    async def raw() -> None:
        await redis.state.get(key)

    async def ours() -> None:
        await once.run("a", _seven, keep=timedelta(hours=1))

    await ours()
    peers = {"redis-py GET": (raw, Bar("at least", 0.45))}
    return await _compare("once: work that was done", ours, peers)


async def _counts(redis: Redis, metrics: Metrics) -> list[Row]:
    client: Any = redis.state
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
    return await _compare(f"metrics: count {NAMES} names and write them", ours, peers, times=10)


async def _seven() -> int:
    return 7


async def _compare(name: str, ours: Operation, peers: Peers, *, times: int = TIMES) -> list[Row]:
    """Run ours and every peer in turn, and pair the rates of each turn; the first is warm-up."""
    operations = {"": ours, **{peer: operation for peer, (operation, _) in peers.items()}}
    rates: dict[str, list[float]] = {key: [] for key in operations}
    for turn in range(REPETITIONS + 1):
        for key, operation in operations.items():
            rate = await _rate(operation, times)
            if turn:
                rates[key].append(rate)
    return [_row(name, rates[""], rates[peer], peer, bar) for peer, (_, bar) in peers.items()]


async def _rate(operation: Operation, times: int) -> float:
    """Return how often a second it is done; garbage is collected outside the clock."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        for _ in range(times):
            await operation()
        return times / (time.perf_counter() - began)
    finally:
        gc.enable()


def _row(name: str, ours: list[float], theirs: list[float], peer: str, bar: Bar) -> Row:
    ratio = Figure.of([a / b for a, b in zip(ours, theirs, strict=True)])
    holds = bar.holds(ratio.median)
    return Row(name, "1/s", Figure.of(ours), Figure.of(theirs), peer, ratio, str(bar), holds)

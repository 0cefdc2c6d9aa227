"""The pause gate beside the documented algorithm, call by call on the same connection."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvloop
from tests.benchmarks.measure import Bar, Figure, Row

from hutch_pause import PauseSettings
from hutch_pause.on_redis import RedisSwitch
from hutch_ratelimit import fixed_window
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

Operation = Callable[[], Awaitable[object]]

PLENTY = fixed_window(10**6, timedelta(minutes=1))
TIMES = 250
REPETITIONS = 31


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis:
        switch = RedisSwitch(redis, PauseSettings())
        documented = _documented(redis, 10**6)
        return [await _compare(lambda: switch.gate("c9", PLENTY), documented)]


def _documented(redis: Redis, most: int) -> Operation:
    """Write the algorithm as the documents have it: each step a call of its own."""
    client: Any = redis.state
    of_all, pause = redis.key("PAUSE", "ALL"), redis.key("PAUSE", "c8")
    counter = redis.key("COUNTER", "c8", "msgs")

    async def gate() -> bool:
        if await client.get(of_all) or await client.get(pause):
            return False
        count = await client.incr(counter)
        await client.expire(counter, 60)
        if count <= most:
            return True
        ends = round((time.time() + 3600) * 1000)
        await client.set(pause, ends, ex=3600)
        event = {"contactId": "c8", "action": "pause", "expiresAt": ends}
        await client.publish("events:pause", json.dumps(event))
        return False

    return gate


async def _compare(ours: Operation, theirs: Operation) -> Row:
    """Run both in turn, and pair the rates of each turn; the first is warm-up."""
    pairs = [(await _rate(ours), await _rate(theirs)) for _ in range(REPETITIONS + 1)][1:]
    mine, other = Figure.of([a for a, _ in pairs]), Figure.of([b for _, b in pairs])
    ratio, bar = Figure.of([a / b for a, b in pairs]), Bar("at least", 1.8)
    return Row(
        "pause: the gate lets a message pass",
        "calls/s",
        mine,
        other,
        "GET, GET, INCR, EXPIRE",
        ratio,
        str(bar),
        bar.holds(ratio.median),
    )


async def _rate(work: Operation) -> float:
    gc.collect()
    begun = time.perf_counter()
    for _ in range(TIMES):
        await work()
    return TIMES / (time.perf_counter() - begun)

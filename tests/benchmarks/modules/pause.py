"""The pause gate beside the documented algorithm, call by call on the same connection."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvloop
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import Operation, compare

from hutch_pause import PauseSettings
from hutch_pause.on_redis import RedisSwitch
from hutch_ratelimit import fixed_window
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

PLENTY = fixed_window(10**6, timedelta(minutes=1))


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis:
        switch = RedisSwitch(redis, PauseSettings())
        peers = {"GET, GET, INCR, EXPIRE": (_documented(redis, 10**6), Bar("at least", 1.8))}
        name = "pause: the gate lets a message pass"
        return await compare(name, lambda: switch.gate("c9", PLENTY), peers)


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

"""The rate limiter beside redis-py's INCR on the same server, and beside `limits`.

A call here tells what is left and when it is reset; `limits` does with a second one, so there is
a row beside its bare `hit` and one beside both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvloop
from limits import RateLimitItemPerHour
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import Operation, Peers, compare, redis_py

from hutch_ratelimit import Limit, MemoryLimiter, fixed_window, gcra, per_day, sliding_window
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

HOUR = timedelta(hours=1)
PLENTY = 10**6
IN_MEMORY = 20_000
RAW = "redis-py INCR"


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with (
        asynccontextmanager(open_redis)(settings) as redis,
        redis_py(url) as client,
        _limits(url) as peer,
    ):
        raw = _incr(client, redis.key("bench", "raw"))
        limiter = RedisLimiter(redis, Tally())
        fixed = FixedWindowRateLimiter(peer)
        slide = SlidingWindowCounterRateLimiter(peer)
        found = [
            *await _one(raw, limiter, fixed_window(PLENTY, HOUR), 0.75, fixed),
            *await _one(raw, limiter, sliding_window(PLENTY, HOUR), 0.65, slide),
            *await _one(raw, limiter, gcra(PLENTY, HOUR, burst=PLENTY), 0.65, None),
            *await _three(raw, limiter, fixed),
        ]
    return [*found, *await _memory()]


async def _one(
    raw: Operation, limiter: RedisLimiter, limit: Limit, bar: float, peer: Any
) -> list[Row]:
    """Take one unit; `limits` has no steady rate."""
    kind = type(limit).__name__
    counter, item = limit.at("bench", kind, "user-17"), RateLimitItemPerHour(PLENTY)
    peers = {RAW: (raw, Bar("at least", bar))}
    if peer is not None:
        peers |= _theirs(peer, item, kind, "user-17")
    return await compare(f"rate limit: take, {kind}", lambda: limiter.take(counter), peers)


async def _three(raw: Operation, limiter: RedisLimiter, peer: FixedWindowRateLimiter) -> list[Row]:
    """Take from three limits: one trip here, three calls there, and not all or nothing."""
    limits = fixed_window(PLENTY, HOUR), per_day(PLENTY), sliding_window(PLENTY, HOUR)
    counters = [limit.at("bench", "three", number) for number, limit in enumerate(limits)]
    item = RateLimitItemPerHour(PLENTY)

    async def theirs() -> None:
        for number in range(3):
            await peer.hit(item, "three", str(number))

    peers = {
        RAW: (raw, Bar("at least", 0.5)),
        "limits, one after the other": (theirs, Bar("at least", 1)),
    }
    return await compare(
        "rate limit: take from three at once", lambda: limiter.take(*counters), peers
    )


async def _memory() -> list[Row]:
    """Take in memory."""
    limiter, peer = MemoryLimiter(), FixedWindowRateLimiter(_storage("async+memory://"))
    counter, item = gcra(PLENTY, HOUR, burst=PLENTY).at("a"), RateLimitItemPerHour(PLENTY)

    peers = _theirs(peer, item, "a")
    return await compare(
        "rate limit: take in memory, Gcra", lambda: limiter.take(counter), peers, times=IN_MEMORY
    )


def _theirs(peer: Any, item: RateLimitItemPerHour, *name: str) -> Peers:
    """Return what `limits` does: take, and take and tell what is left."""

    async def both() -> None:
        await peer.hit(item, *name)
        await peer.get_window_stats(item, *name)

    return {
        "limits, hit": (lambda: peer.hit(item, *name), Bar("at least", 1)),
        "limits, hit and stats": (both, Bar("at least", 1)),
    }


def _incr(client: Any, key: str) -> Operation:
    return lambda: client.incr(key)


def _storage(uri: str, **options: Any) -> Any:
    return storage_from_string(uri, **options)


@asynccontextmanager
async def _limits(url: str) -> AsyncIterator[Any]:
    """Open `limits` on the same server, with redis-py under it as well."""
    scheme = "async+redis+" if url.startswith("unix") else "async+"
    storage = _storage(scheme + url, implementation="redispy")
    try:
        yield storage
    finally:
        await storage.bridge.storage.aclose()

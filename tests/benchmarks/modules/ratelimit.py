"""The rate limiter beside a raw INCR on the same connection, and beside `limits`.

A call here tells what is left and when it is reset; `limits` does with a second one, so there is
a row beside its bare `hit` and one beside both.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvloop
from limits import RateLimitItemPerHour
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from tests.benchmarks.measure import Bar, Figure, Row

from hutch_ratelimit import Limit, MemoryLimiter, fixed_window, gcra, per_day, sliding_window
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

Operation = Callable[[], Awaitable[object]]
Peers = Mapping[str, tuple[Operation, Bar]]

HOUR = timedelta(hours=1)
PLENTY = 10**6
# Short turns, and many: what else the machine does then hits all sides alike.
TIMES = 250
REPETITIONS = 31
IN_MEMORY = 20_000
RAW = "redis-py INCR"


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis, _limits(url) as peer:
        limiter = RedisLimiter(redis, Tally())
        fixed = FixedWindowRateLimiter(peer)
        slide = SlidingWindowCounterRateLimiter(peer)
        found = [
            *await _one(redis, limiter, fixed_window(PLENTY, HOUR), 0.75, fixed),
            *await _one(redis, limiter, sliding_window(PLENTY, HOUR), 0.65, slide),
            *await _one(redis, limiter, gcra(PLENTY, HOUR, burst=PLENTY), 0.65, None),
            *await _three(redis, limiter, fixed),
        ]
    return [*found, *await _memory()]


async def _one(
    redis: Redis, limiter: RedisLimiter, limit: Limit, bar: float, peer: Any
) -> list[Row]:
    """Take one unit; `limits` has no steady rate."""
    kind = type(limit).__name__
    counter, item = limit.at("bench", kind, "user-17"), RateLimitItemPerHour(PLENTY)
    peers = {RAW: (_incr(redis), Bar("at least", bar))}
    if peer is not None:
        peers |= _theirs(peer, item, kind, "user-17")
    return await _compare(f"rate limit: take, {kind}", lambda: limiter.take(counter), peers)


async def _three(redis: Redis, limiter: RedisLimiter, peer: FixedWindowRateLimiter) -> list[Row]:
    """Take from three limits: one trip here, three calls there, and not all or nothing."""
    limits = fixed_window(PLENTY, HOUR), per_day(PLENTY), sliding_window(PLENTY, HOUR)
    counters = [limit.at("bench", "three", number) for number, limit in enumerate(limits)]
    item = RateLimitItemPerHour(PLENTY)

    async def theirs() -> None:
        for number in range(3):
            await peer.hit(item, "three", str(number))

    peers = {
        RAW: (_incr(redis), Bar("at least", 0.5)),
        "limits, one after the other": (theirs, Bar("at least", 1)),
    }
    return await _compare(
        "rate limit: take from three at once", lambda: limiter.take(*counters), peers
    )


async def _memory() -> list[Row]:
    """Take in memory."""
    limiter, peer = MemoryLimiter(), FixedWindowRateLimiter(_storage("async+memory://"))
    counter, item = gcra(PLENTY, HOUR, burst=PLENTY).at("a"), RateLimitItemPerHour(PLENTY)

    peers = _theirs(peer, item, "a")
    return await _compare(
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


def _incr(redis: Redis) -> Operation:
    client: Any = redis.state
    key = redis.key("bench", "raw")
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


async def _compare(name: str, ours: Operation, peers: Peers, *, times: int = TIMES) -> list[Row]:
    """Run ours and every peer in turn, and pair the rates of each turn; the first is warm-up."""
    works = {"": ours, **{peer: work for peer, (work, _) in peers.items()}}
    rates: dict[str, list[float]] = {key: [] for key in works}
    for turn in range(REPETITIONS + 1):
        for key, work in works.items():
            rate = await _rate(work, times)
            if turn:
                rates[key].append(rate)
    return [_row(name, rates[""], rates[peer], peer, bar) for peer, (_, bar) in peers.items()]


async def _rate(work: Operation, times: int) -> float:
    gc.collect()
    begun = time.perf_counter()
    for _ in range(times):
        await work()
    return times / (time.perf_counter() - begun)


def _row(name: str, ours: list[float], theirs: list[float], peer: str, bar: Bar) -> Row:
    ratio = Figure.of([a / b for a, b in zip(ours, theirs, strict=True)])
    mine, other = Figure.of(ours), Figure.of(theirs)
    return Row(name, "calls/s", mine, other, peer, ratio, str(bar), bar.holds(ratio.median))

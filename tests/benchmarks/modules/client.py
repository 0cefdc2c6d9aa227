"""The client that all modules use beside redis-py's own."""

from __future__ import annotations

import asyncio

import uvloop
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import compare, redis_py

from hutch_redis.clients import fast_client


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    async with fast_client(url, timeout=10) as ours, redis_py(url) as theirs:
        peers = {"redis-py INCR": (lambda: theirs.incr("raw"), Bar("at least", 1))}
        found = await compare("client: INCR", lambda: ours.incr("raw"), peers)
        await theirs.set("raw", b"x" * 300)
        peers = {"redis-py GET": (lambda: theirs.get("raw"), Bar("at least", 1))}
        return found + await compare("client: GET", lambda: ours.get("raw"), peers)

"""Rates: how often a second something is done, by us and by peers in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis as Client
from tests.benchmarks.measure import Bar, Row, paired

Operation = Callable[[], Awaitable[object]]
Peers = Mapping[str, tuple[Operation, Bar]]
Work = Callable[[], Awaitable[float]]
"""Does something and returns how often a second."""
Works = Mapping[str, tuple[Work, Bar]]


async def compare(
    name: str,
    ours: Operation,
    peers: Peers,
    *,
    times: int = 250,
    repetitions: int = 31,
    unit: str = "calls/s",
) -> list[Row]:
    """Repeat ours and every peer in turn.

    Turns are short and many: what else the machine does then hits all sides alike.
    """
    works = {peer: (_rate_of(operation, times), bar) for peer, (operation, bar) in peers.items()}
    return await compare_works(name, _rate_of(ours, times), works, unit, repetitions)


async def compare_works(
    name: str, ours: Work, peers: Works, unit: str, repetitions: int
) -> list[Row]:
    """Run ours and every peer in turn, and pair the rates of each turn; the first is warm-up."""
    works = {"": ours, **{peer: work for peer, (work, _) in peers.items()}}
    rates: dict[str, list[float]] = {key: [] for key in works}
    for turn in range(repetitions + 1):
        for key, work in works.items():
            gc.collect()
            rate = await work()
            if turn:
                rates[key].append(rate)
    return [
        paired(name, unit, rates[""], rates[peer], peer, bar) for peer, (_, bar) in peers.items()
    ]


def _rate_of(operation: Operation, times: int) -> Work:
    async def work() -> float:
        gc.disable()
        try:
            begun = time.perf_counter()
            for _ in range(times):
                await operation()
            return times / (time.perf_counter() - begun)
        finally:
            gc.enable()

    return work


@asynccontextmanager
async def redis_py(url: str) -> AsyncGenerator[Any]:
    """Open redis-py's own client as it comes: with its pool, its connections, and hiredis."""
    async with Client.from_url(url) as client:  # pyright: ignore[reportUnknownMemberType]
        yield client

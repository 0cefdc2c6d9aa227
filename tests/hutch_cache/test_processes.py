"""Several processes on one server."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hutch_cache import RedisStore
from hutch_cache.contract.lab import ITEM, Item, Loader, lab
from hutch_redis import Redis

PROCESS = Path(__file__).parent / "process.py"
ROUNDS = [3, pytest.param(50, marks=pytest.mark.slow)]


@asynccontextmanager
async def process(url: str, prefix: str, times: int) -> AsyncIterator[Process]:
    """Run another process that asks for one item after the other, whenever it is told to."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, PROCESS, url, prefix, str(times),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    try:
        assert started.stdout
        assert await started.stdout.readline() == b"ready\n"
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def ask(started: Process, id: str) -> str:
    assert started.stdin
    assert started.stdout
    started.stdin.write(f"{id}\n".encode())
    return (await started.stdout.readline()).decode().strip()


@pytest.mark.req("FD-12", "R24-41")
@pytest.mark.parametrize("rounds", ROUNDS)
async def test_200_misses_in_four_processes_load_once(
    rounds: int, redis: Redis, redis_url: str, redis_prefix: str
) -> None:
    async with (
        process(redis_url, redis_prefix, 50) as a,
        process(redis_url, redis_prefix, 50) as b,
        process(redis_url, redis_prefix, 50) as c,
        process(redis_url, redis_prefix, 50) as d,
    ):
        for number in range(rounds):
            answers = await asyncio.gather(*(ask(one, f"i{number}") for one in (a, b, c, d)))
            assert answers == [f"50 i{number}"] * 4
            assert await redis.cache.get(redis.key("loads", f"i{number}")) == b"1"


async def test_a_process_killed_during_its_load_is_replaced(
    redis: Redis, redis_url: str, redis_prefix: str
) -> None:
    async with process(redis_url, redis_prefix, 1) as other:
        assert other.stdin
        other.stdin.write(b"hang\n")
        assert other.stdout
        assert await other.stdout.readline() == b"loading\n"
        other.send_signal(signal.SIGKILL)
        await other.wait()
    claim = redis.key("cache-claim", "cache", "item", "hang")
    assert 0 < await redis.cache.pttl(claim) <= 30_000
    await redis.cache.pexpire(claim, 50)  # rather than to wait for half a minute
    item = Item(id=1, name="cup")
    async with lab(RedisStore(redis)) as here:
        load = Loader(item)
        assert await here.cache.get_or_load(ITEM.key("hang"), load) == item
        assert load.calls == 1

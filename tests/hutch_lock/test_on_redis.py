"""What only the Redis backend promises."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.deadlines import fails_within

from hutch_lock import LockLost, LockTaken, ResultNotKept
from hutch_lock.claims import Taken
from hutch_lock.contract import MINUTE, SHORT, Services, error_of, refused
from hutch_lock.on_redis import RedisClaims
from hutch_lock.once_contract import Work
from hutch_redis import Redis

HOLDER = Path(__file__).with_name("holder.py")


@asynccontextmanager
async def process(redis_url: str, prefix: str, *words: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run a holder; it is killed at the end. Yields what it prints."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(HOLDER), redis_url, prefix, *words, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        yield child.stdout
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@pytest.mark.req("XB-16", "XB-17")
@pytest.mark.parametrize(
    ("name", "minutes"), [("posting_in_progress", 5), ("sync_in_progress", 10)]
)
async def test_the_keys_are_as_documented(
    redis: Redis, on_redis: Services, name: str, minutes: int
) -> None:
    async with on_redis.locks.hold(name, ttl=timedelta(minutes=minutes)) as held:
        key = f"{redis.keys.prefix}lock:{name}"
        assert held.name == key
        assert minutes * 60_000 - 5_000 < await redis.state.pttl(key) <= minutes * 60_000
        fence = await redis.state.get(f"{redis.keys.prefix}fence")
        assert held.fence == int(fence)
        assert abs(held.fence / 1e6 - time.time()) < 60
    assert [key async for key in redis.state.scan_iter(f"{redis.keys.prefix}*")] == [
        f"{redis.keys.prefix}fence".encode()
    ]


async def test_the_fence_rises_though_the_clock_went_back(redis: Redis, on_redis: Services) -> None:
    last = 9_000_000_000_000_000  # in the year 2255
    await redis.state.set(redis.key("fence"), last)
    async with on_redis.locks.hold("a", ttl=MINUTE) as held:
        assert held.fence == last + 1


@pytest.mark.req("XB-16", "C-38")
async def test_a_killed_holder_is_out_after_its_time(
    redis_url: str, redis_prefix: str, on_redis: Services
) -> None:
    async with process(redis_url, redis_prefix, "hold", "a", "1") as output:
        assert await output.readline() == b"held\n"
        # twice its time: the lock was renewed
        await asyncio.sleep(1)
        with pytest.raises(LockTaken):
            async with on_redis.locks.hold("a", ttl=MINUTE):
                pass
    killed = time.monotonic()
    async with on_redis.locks.hold("a", ttl=MINUTE, wait=MINUTE):
        assert time.monotonic() - killed < 0.75


async def race(redis_url: str, prefix: str, count: int) -> None:
    """Let two processes take a lock in turn, and hold what they say against each other."""
    lines: list[tuple[str, int]] = []

    async def collect(output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            word, fence = line.decode().split()
            lines.append((word, int(fence)))

    words = redis_url, prefix, "race", "a", str(count)
    async with process(*words) as first, process(*words) as second:
        await asyncio.gather(collect(first), collect(second))
    held = sorted(fence for word, fence in lines if word == "in")
    assert len(set(held)) == 2 * count
    assert sorted(fence for word, fence in lines if word == "out") == held


@pytest.mark.req("C-38")
async def test_two_processes_never_hold_it_at_once(
    redis_url: str, redis_prefix: str, redis: Redis, on_redis: Services
) -> None:
    inside = redis.key("inside")
    for _ in range(3):
        await compete(redis, on_redis, inside)
    await race(redis_url, redis_prefix, 10)


@pytest.mark.slow
@pytest.mark.req("C-38")
async def test_two_processes_never_hold_it_at_once_in_fifty_rounds(
    redis_url: str, redis_prefix: str, redis: Redis, on_redis: Services
) -> None:
    inside = redis.key("inside")
    for _ in range(50):
        await compete(redis, on_redis, inside)
    await race(redis_url, redis_prefix, 200)


async def compete(redis: Redis, services: Services, inside: str) -> None:
    """Let twenty tasks take a lock; count in Redis how many are inside."""
    fences: list[int] = []

    async def hold() -> None:
        async with services.locks.hold("b", ttl=timedelta(seconds=10), wait=MINUTE) as held:
            assert await redis.state.incr(inside) == 1
            fences.append(held.fence)
            await redis.state.decr(inside)

    await asyncio.gather(*(hold() for _ in range(20)))
    assert fences == sorted(set(fences))


@pytest.mark.req("C-38")
async def test_who_lost_the_lock_is_cancelled(redis: Redis, on_redis: Services) -> None:
    reached = False

    async def hold() -> None:
        nonlocal reached
        await redis.state.delete(redis.key("lock", "a"))
        async with on_redis.locks.hold("a", ttl=timedelta(seconds=0.9)):
            await redis.state.set(redis.key("lock", "a"), "another's")
            await asyncio.sleep(5)
            reached = True

    # It hears of it when it renews, after a third of its time; else nine tenths would pass.
    message = str(await fails_within(0.5, LockLost, hold))
    assert "lock:a could not be kept: another one may hold it, so the block was" in message
    assert not reached
    # what is another's is left alone
    assert await redis.state.get(redis.key("lock", "a")) == b"another's"


async def test_a_block_that_does_not_heed_the_cancellation_hears_of_it(
    redis: Redis, on_redis: Services
) -> None:
    async def hold() -> None:
        async with on_redis.locks.hold("a", ttl=SHORT):
            await redis.state.delete(redis.key("lock", "a"))
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(5)

    assert "could not be kept" in await error_of(LockLost, hold())


async def test_a_lock_that_was_removed_meanwhile_is_told_at_the_end(
    redis: Redis, on_redis: Services
) -> None:
    async def hold() -> None:
        async with on_redis.locks.hold("a", ttl=MINUTE):
            await redis.state.delete(redis.key("lock", "a"))

    assert "was removed, or is another's: check what" in await error_of(LockLost, hold())


async def test_a_cancelled_attempt_leaves_no_claim(redis: Redis, on_redis: Services) -> None:
    for pause in (0, 0, 0.0001, 0.0003, 0.001):
        task = asyncio.create_task(on_redis.once.run("a", Work().slowly, keep=MINUTE))
        await asyncio.sleep(pause)
        task.cancel()
        await asyncio.wait([task])
        assert await redis.state.get(redis.key("once", "a")) is None


async def test_no_content_stands_in_redis(redis: Redis, on_redis: Services) -> None:
    await on_redis.once.run("a", Work(), keep=MINUTE, fingerprint="my secret letter")
    value = (await redis.state.get(redis.key("once", "a"))).decode()
    kind, mark, result = value.split(":")
    assert (kind, len(mark), result) == ("done", 32, "null")
    assert "secret" not in value


async def test_a_value_that_somebody_else_wrote_counts_as_done(
    redis: Redis, on_redis: Services
) -> None:
    claims = RedisClaims(redis)
    await redis.state.set(redis.key("a"), "1")
    found = await claims.claim([redis.key("a")], "x", MINUTE)
    assert found == Taken(redis.key("a"), "1", timedelta(0))


async def test_what_is_no_string_counts_as_taken_or_done(redis: Redis, on_redis: Services) -> None:
    client: Any = redis.state
    for space in ("lock", "once"):
        await client.hset(redis.key(space, "a"), "x", 1)
    await refused(on_redis.locks)
    message = await error_of(ResultNotKept, on_redis.once.run("a", Work(), keep=MINUTE))
    assert "the work is done, but its result could not be stored" in message
    assert await client.hgetall(redis.key("lock", "a")) == {b"x": b"1"}


async def test_a_lock_that_became_something_else_is_lost(redis: Redis, on_redis: Services) -> None:
    client: Any = redis.state

    async def hold(seconds: float) -> None:
        async with on_redis.locks.hold("a", ttl=SHORT):
            await client.delete(redis.key("lock", "a"))
            await client.hset(redis.key("lock", "a"), "x", 1)
            await asyncio.sleep(seconds)

    assert "was removed, or is another's: check what" in await error_of(LockLost, hold(0))
    await client.delete(redis.key("lock", "a"))
    assert "could not be kept" in await error_of(LockLost, hold(5))
    assert not await RedisClaims(redis).finish({redis.key("lock", "a"): MINUTE}, "x", "done")
    assert await client.hgetall(redis.key("lock", "a")) == {b"x": b"1"}

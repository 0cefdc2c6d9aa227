"""What only the Redis backend promises."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from tests.deadlines import fails_within, within
from tests.stuck_redis import WAYS, stuck_redis

from hutch_metrics import Batch, MetricsSettings, MetricsUnavailable
from hutch_metrics.buffered import open_metrics
from hutch_metrics.contract import Clock, metrics_on
from hutch_metrics.on_redis import RedisStats
from hutch_metrics.stats import Key
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server

DAY: Key = ("daily", "2024-01-15")


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    """A server of this test alone, to be harmed."""
    async with temporary_server() as server:
        yield server


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Redis]:
    settings = RedisSettings.model_validate({"url": url})
    async with asynccontextmanager(open_redis)(settings) as redis:
        yield redis


@pytest.mark.req("XB-18", "XB-19", "C-37")
async def test_the_keys_and_their_times(redis: Redis) -> None:
    metrics = metrics_on(RedisStats(redis), Clock())
    metrics.count("posts", 3)
    await metrics.flush()
    prefix, state = redis.keys.prefix, redis.state
    found = {key.decode() async for key in state.scan_iter(f"{prefix}*")}
    day, hour = f"{prefix}stats:daily:2024-01-15", f"{prefix}stats:hourly:2024-01-15T23"
    (writer,) = found - {day, hour}
    assert writer.startswith(f"{prefix}stats:writer:")
    for key, seconds in ((day, 7 * 86400), (hour, 48 * 3600), (writer, 48 * 3600)):
        assert seconds - 5 < await state.ttl(key) <= seconds
    reading: Any = state
    assert await reading.hgetall(day) == {b"posts": b"3"}


async def test_a_flush_is_one_round_trip(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = metrics_on(RedisStats(redis), Clock())
    for number in range(400):
        metrics.count(f"name {number}")
    await metrics.flush()
    calls: list[Any] = []
    run: Any = redis.state.execute_command

    async def seen(*args: Any) -> Any:
        calls.append(args[0])
        return await run(*args)

    monkeypatch.setattr(redis.state, "execute_command", seen)
    for number in range(400):
        metrics.count(f"name {number}")
    await metrics.flush()
    assert len(calls) == 1
    assert len(await metrics.daily()) == 400


async def test_a_reply_that_was_lost_counts_nothing_twice(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = RedisStats(redis)
    metrics = metrics_on(stats, Clock())
    run: Any = redis.state.execute_command
    is_lossy = True

    async def lossy(*args: Any) -> Any:
        reply = await run(*args)
        if is_lossy:
            raise TimeoutError
        return reply

    await stats.add(Batch("warm", 1, {}))  # so that the script is known
    monkeypatch.setattr(redis.state, "execute_command", lossy)
    metrics.count("posts", 3)
    for _ in range(2):
        with pytest.raises(MetricsUnavailable, match=r"counts cannot be written: Redis .*Timeout"):
            await metrics.flush()
        metrics.count("posts")
    is_lossy = False
    await metrics.flush()
    assert await metrics.daily() == {"posts": 5}


@pytest.mark.req("XB-38")
async def test_with_redis_away_nobody_waits_and_nothing_is_lost(server: EmbeddedServer) -> None:
    async with opened(server.url) as redis:
        settings = MetricsSettings(interval=0.05)
        async with asynccontextmanager(open_metrics)(RedisStats(redis), settings) as metrics:
            os.kill(server.pid, signal.SIGSTOP)
            with capture_logs() as logs:
                counted = 0

                async def count() -> None:
                    nonlocal counted
                    for _ in range(1000):
                        metrics.count("posts")
                    counted += 1000

                await within(0.1, count)
                async with asyncio.timeout(5):
                    while not logs:
                        await asyncio.sleep(0.02)
                os.kill(server.pid, signal.SIGCONT)
                async with asyncio.timeout(5):
                    while await metrics.daily() != {"posts": counted}:
                        await asyncio.sleep(0.02)
                    while len(logs) < 2:
                        await asyncio.sleep(0.02)
            assert [line["event"] for line in logs] == [
                "counts cannot be written",
                "counts are written again",
            ]
            assert metrics.dropped == 0


async def test_what_is_left_is_written_at_the_stop(redis: Redis) -> None:
    stats = RedisStats(redis)
    today = datetime.now(UTC).date()
    async with asynccontextmanager(open_metrics)(stats, MetricsSettings()) as metrics:
        metrics.count("posts", 4)
        assert await metrics.daily() == {}
    found = metrics_on(stats, Clock())
    days = await found.days(today, date.fromordinal(today.toordinal() + 1))
    assert {"posts": 4} in days.values()


@pytest.mark.parametrize("way", WAYS)
async def test_a_stop_while_redis_is_away_is_quick_and_told(
    server: EmbeddedServer, way: str
) -> None:
    async with stuck_redis(server, way) as found, opened(found.url) as redis:

        async def start_and_stop() -> None:
            async with asynccontextmanager(open_metrics)(
                RedisStats(redis), MetricsSettings()
            ) as metrics:
                metrics.count("posts")

        with found.stuck(), capture_logs() as logs:
            await within(0.25, start_and_stop)
        assert logs[-1]["event"] == "counts are lost at the stop"


@pytest.mark.parametrize("way", WAYS)
async def test_while_redis_is_away_readers_are_told_so(server: EmbeddedServer, way: str) -> None:
    async with stuck_redis(server, way) as found, opened(found.url) as redis:
        metrics = metrics_on(RedisStats(redis), Clock())
        today = date(2024, 1, 15)
        with found.stuck():
            for read in (metrics.daily, metrics.hourly, partial(metrics.days, today, today)):
                await fails_within(0.25, MetricsUnavailable, read)


async def test_what_is_no_hash_or_no_number_is_dropped_and_counted(redis: Redis) -> None:
    metrics = metrics_on(RedisStats(redis), Clock())
    state: Any = redis.state
    await state.set(redis.key("stats", "hourly", "2024-01-15T23"), "x")
    await state.hset(redis.key("stats", *DAY), "posts", "many")
    metrics.count("posts")
    metrics.count("likes")
    await metrics.flush()
    await metrics.flush()
    assert metrics.dropped == 3
    assert await state.hget(redis.key("stats", *DAY), "likes") == b"1"


async def test_what_is_not_ours_gets_no_end(redis: Redis) -> None:
    stats, state = RedisStats(redis), cast("Any", redis.state)
    mine, foreign, full = (redis.key("stats", "daily", f"2024-01-{day}") for day in (15, 16, 17))
    await state.set(foreign, "x")
    await state.hset(full, "posts", "many")
    days: list[Key] = [("daily", f"2024-01-{day}") for day in (16, 17, 15)]
    assert await stats.add(Batch("w", 1, {day: {"posts": 1} for day in days})) == 2
    assert [await state.ttl(key) for key in (foreign, full)] == [-1, -1]
    assert await state.ttl(mine) > 6 * 86400


async def test_a_full_server_takes_them_later(server: EmbeddedServer) -> None:
    async with opened(server.url) as redis:
        metrics = metrics_on(RedisStats(redis), Clock())
        await redis.state.config_set("maxmemory", "1")
        metrics.count("posts")
        with pytest.raises(MetricsUnavailable, match="OutOfMemoryError"):
            await metrics.flush()
        await redis.state.config_set("maxmemory", "0")
        await metrics.flush()
        assert await metrics.daily() == {"posts": 1}

"""The scripts on a real server: keys, lives, repairs, dates, races."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.hutch_ratelimit.labs import RedisLab

from hutch_ratelimit import (
    Limit,
    fixed_window,
    gcra,
    per_day,
    per_hour,
    per_minute,
    sliding_window,
)
from hutch_ratelimit import (
    on_redis as backend,
)
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import Redis

MINUTE = timedelta(minutes=1)
KINDS: list[Limit] = [
    fixed_window(10, MINUTE),
    sliding_window(10, MINUTE),
    gcra(1, MINUTE, burst=10),
    per_day(10),
]


@pytest.fixture
def limiter(redis: Redis) -> RedisLimiter:
    return RedisLimiter(redis, Tally())


async def keys_of(redis: Redis) -> list[str]:
    client: Any = redis.state
    names = [key.decode() async for key in client.scan_iter(match=redis.keys.prefix + "*")]
    return sorted(name.removeprefix(redis.keys.prefix) for name in names)


@pytest.mark.req("R24-29", "R24-31", "XB-08", "XB-09", "SM-06", "C-37")
async def test_the_keys_of_the_systems_come_out_as_they_are(redis_lab: RedisLab) -> None:
    await redis_lab.move_to(datetime(2026, 11, 21, 13, 4, tzinfo=UTC))
    take = redis_lab.limiter.take
    lives = {
        "ratelimit:u17:twitter:2026-11-21": 86_400,
        "rate_limit:posting:2026-11-21T13": 3_600,
        "rate_limit:api:2026-11-21T1304": 60,
        "COUNTER:c9:msgs": 60,
    }
    await take(per_day(50).at("ratelimit", "u17", "twitter"), cost=2)
    await take(per_hour(7).at("rate_limit", "posting"), cost=2)
    await take(per_minute(7).at("rate_limit", "api"), cost=2)
    await take(fixed_window(10, MINUTE).at("COUNTER", "c9", "msgs"), cost=2)
    assert await keys_of(redis_lab.redis) == sorted(lives)
    for key, life in lives.items():
        full = redis_lab.redis.keys.prefix + key
        assert await redis_lab.redis.state.get(full) == b"2"
        assert 0 < await redis_lab.redis.state.ttl(full) <= life


@pytest.mark.req("R24-31", "SM-15", "C-12")
@pytest.mark.parametrize("kind", [fixed_window(3, MINUTE), per_day(3)], ids=str)
async def test_a_counter_without_an_end_gets_one_before_it_decides(
    limiter: RedisLimiter, redis: Redis, kind: Limit
) -> None:
    counter = kind.at("immortal")
    await limiter.take(counter)
    [name] = await keys_of(redis)
    key = redis.keys.prefix + name
    await redis.state.set(key, 3)
    assert await redis.state.pttl(key) == -1
    refused = await limiter.take(counter)
    assert not refused
    assert 0 < refused.retry_after <= kind.seconds
    assert 0 < await redis.state.pttl(key) <= kind.seconds * 1000


@pytest.mark.req("R24-31", "C-12")
async def test_every_key_has_an_end(limiter: RedisLimiter, redis: Redis) -> None:
    await limiter.take(*(kind.at("end", str(kind)) for kind in KINDS), token="job")
    await limiter.refund(*(kind.at("end", str(kind)) for kind in KINDS))
    await limiter.take(*(kind.at("end", str(kind)) for kind in KINDS), cost=2)
    names = await keys_of(redis)
    assert len(names) == len(KINDS) + 1
    for name in names:
        assert await redis.state.pttl(redis.keys.prefix + name) > 0


async def test_a_token_does_not_show_in_the_keys(limiter: RedisLimiter, redis: Redis) -> None:
    await limiter.take(per_day(1).at("a"), token="mary@example.org")
    names = await keys_of(redis)
    assert any(re.fullmatch("ratelimit-token:[0-9a-f]{32}", name) for name in names)
    assert not any("mary" in name for name in names)


@pytest.mark.parametrize("hours", [-30, 30])
async def test_the_servers_date_counts_and_not_the_computers(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    wall = backend.wall_clock
    monkeypatch.setattr(backend, "wall_clock", lambda: wall() + hours * 3_600_000_000)
    limiter = RedisLimiter(redis, Tally())
    counter = per_day(2).at("posts")
    assert await limiter.take(counter)
    decision = await limiter.take(counter)
    assert (decision.allowed, decision.remaining) == (True, 0)
    seconds, _ = await redis.state.time()
    today = datetime.fromtimestamp(seconds, UTC)
    assert await keys_of(redis) == [f"posts:{today:%Y-%m-%d}"]
    await limiter.clear(counter)
    assert await keys_of(redis) == []


@pytest.mark.parametrize("seconds", [-65, 65])
async def test_callers_at_once_correct_the_date_once(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    wall = backend.wall_clock
    monkeypatch.setattr(backend, "wall_clock", lambda: wall() + seconds * 1_000_000)
    limiter = RedisLimiter(redis, Tally())
    counter = per_minute(1000).at("posts")
    # Each of them learns that its minute is not the server's.
    async with asyncio.timeout(10):
        decisions = await asyncio.gather(*[limiter.take(counter) for _ in range(30)])
    assert all(decisions)
    behind = limiter._behind / 1e6  # pyright: ignore[reportPrivateUsage]
    assert abs(behind + seconds) < 2


async def test_a_clock_that_was_set_back_locks_nobody_out(redis_lab: RedisLab) -> None:
    counter = gcra(10, timedelta(seconds=1), burst=5).at("back")
    await redis_lab.limiter.take(counter, cost=5)
    await redis_lab.move(-timedelta(hours=1))
    refused = await redis_lab.limiter.take(counter, cost=5)
    assert (refused.allowed, refused.retry_after) == (False, 0.5)
    await redis_lab.move(timedelta(seconds=0.5))
    assert await redis_lab.limiter.take(counter, cost=5)


async def test_a_sliding_windows_figures_are_exact_as_it_begins(redis_lab: RedisLab) -> None:
    await redis_lab.move_to(datetime(2026, 11, 21, 13, 4, tzinfo=UTC))
    decision = await redis_lab.limiter.take(sliding_window(3, MINUTE).at("exact"))
    [quota] = decision.quotas
    assert (quota.remaining, quota.retry_after, quota.reset_after) == (2, 0, 120)


async def race(redis: Redis, counter: Any, callers: int) -> int:
    """Let clients of several processes' kind, each with a limiter of its own, call at once."""
    limiters = [RedisLimiter(redis, Tally()) for _ in range(4)]
    calls = [limiters[n % 4].take(counter) for n in range(callers)]
    return sum(decision.allowed for decision in await asyncio.gather(*calls))


@pytest.mark.req("R24-32")
@pytest.mark.parametrize(
    "rounds", [pytest.param(3, id="quick"), pytest.param(50, id="all", marks=pytest.mark.slow)]
)
async def test_races_never_let_one_too_many_pass(redis: Redis, rounds: int) -> None:
    for number in range(rounds):
        for kind in KINDS:
            assert await race(redis, kind.at("race", number, str(kind)), 100) == 10
        assert await race(redis, per_day(50).at("race", number), 60) == 50

"""Redis away, stuck or full: each limit's policy decides, and soon."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from redis.exceptions import NoPermissionError
from structlog.testing import capture_logs
from tests.deadlines import fails_within, within
from tests.stuck_redis import WAYS, stuck_redis

from hutch_ratelimit import Counter, Decision, LimiterUnavailable, fixed_window, gcra, per_day
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedServer]:
    async with temporary_server() as server:
        yield server


@pytest.fixture
async def there(server: EmbeddedServer, redis_prefix: str) -> AsyncIterator[Redis]:
    settings = RedisSettings.model_validate({"url": server.url, "prefix": redis_prefix})
    async with asynccontextmanager(open_redis)(settings) as opened:
        yield opened


@pytest.fixture(params=WAYS)
async def stuck(
    server: EmbeddedServer, redis_prefix: str, request: pytest.FixtureRequest
) -> AsyncIterator[Redis]:
    """A server that takes connections and answers nothing, or too late."""
    async with stuck_redis(server, request.param) as found:
        settings = RedisSettings.model_validate({"url": found.url, "prefix": redis_prefix})
        async with asynccontextmanager(open_redis)(settings) as opened:
            with found.stuck():
                yield opened


async def test_closed_refuses_with_an_error_of_its_own(stuck: Redis) -> None:
    async def once(call: Callable[[RedisLimiter, Counter], Awaitable[Any]]) -> None:
        tally = Tally()
        try:
            await call(RedisLimiter(stuck, tally), per_day(1).at("a"))
        finally:
            assert (tally.allowed, tally.refused, tally.away) == (0, 0, 1)

    for call in (RedisLimiter.take, RedisLimiter.peek, RedisLimiter.refund, RedisLimiter.clear):
        error = await fails_within(0.25, LimiterUnavailable, partial(once, call))
        assert "Redis did not answer (" in str(error)
        assert "away='open' or 'local'" in str(error)


async def test_open_lets_pass(stuck: Redis) -> None:
    async def take() -> Decision:
        tally = Tally()
        limiter = RedisLimiter(stuck, tally, when_away="open")
        decision = await limiter.take(per_day(1).at("a"))
        assert tally.away == 1
        return decision

    for _ in range(2):
        decision = await within(0.25, take)
        assert (decision.allowed, decision.away, decision.remaining) == (True, True, 1)


async def test_local_counts_in_this_process(stuck: Redis) -> None:
    limiter = RedisLimiter(stuck, Tally(), when_away="closed")
    counter = fixed_window(1, MINUTE, away="local").at("a")
    first = await limiter.take(counter, token="job")
    again = await limiter.take(counter, token="job")
    refused = await limiter.take(counter)
    assert (first.allowed, first.away) == (True, True)
    assert (again.allowed, again.repeated) == (True, True)
    assert (refused.allowed, refused.away) == (False, True)
    assert 0 < refused.retry_after <= 60


async def test_the_strictest_of_several_limits_decides(stuck: Redis) -> None:
    limiter = RedisLimiter(stuck, Tally())
    local = fixed_window(1, MINUTE, away="local").at("l")
    free = gcra(1, MINUTE, away="open").at("o")
    decisions = [await limiter.take(free, local) for _ in range(2)]
    assert [decision.allowed for decision in decisions] == [True, False]
    assert [quota.counter for quota in decisions[1].quotas] == [free, local]
    with pytest.raises(LimiterUnavailable):
        await limiter.take(free, local, per_day(1).at("closed"))


async def test_it_counts_again_when_redis_is_back_and_says_so_once(
    server: EmbeddedServer, there: Redis
) -> None:
    limiter = RedisLimiter(there, Tally(), when_away="open")
    counter = per_day(5).at("a")
    with capture_logs() as logs:
        await limiter.take(counter)
        os.kill(server.pid, signal.SIGSTOP)
        try:
            for _ in range(2):
                assert (await limiter.take(counter)).away
        finally:
            os.kill(server.pid, signal.SIGCONT)
        back = await limiter.peek(counter)
        assert not back.away
        await limiter.take(counter)
    assert [line["event"] for line in logs] == [
        "limits cannot be counted",
        "limits are counted again",
    ]


async def test_a_call_whose_reply_is_lost_is_not_sent_again(
    server: EmbeddedServer, there: Redis
) -> None:
    limiter = RedisLimiter(there, Tally())
    counter = per_day(5).at("lost")
    await limiter.take(counter)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LimiterUnavailable):
            await limiter.take(counter)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    # The server may have got the call or not; twice it has not.
    assert (await limiter.peek(counter)).remaining in (3, 4)


async def test_a_full_server_counts_nothing_and_is_as_good_as_away(
    server: EmbeddedServer, there: Redis
) -> None:
    client: Any = there.state
    limiter = RedisLimiter(there, Tally())
    await client.config_set("maxmemory", "1")
    try:
        with pytest.raises(LimiterUnavailable, match="OutOfMemoryError"):
            await limiter.take(per_day(1).at("full", "d"), fixed_window(1, MINUTE).at("full"))
    finally:
        await client.config_set("maxmemory", "0")
    assert (await limiter.peek(fixed_window(1, MINUTE).at("full"))).remaining == 1


async def test_a_server_that_refuses_writes_is_as_good_as_away(there: Redis) -> None:
    client: Any = there.state
    counters = per_day(1).at("few", "d"), fixed_window(1, MINUTE).at("few")
    closed = RedisLimiter(there, Tally())
    open_ = RedisLimiter(there, Tally(), when_away="open")
    await client.config_set("min-replicas-to-write", "1")
    try:
        for counter in counters:
            with pytest.raises(LimiterUnavailable, match="NOREPLICAS"):
                await closed.take(counter, token="job")
            decision = await open_.take(counter)
            assert (decision.allowed, decision.away) == (True, True)
        with pytest.raises(LimiterUnavailable):
            await closed.clear(counters[1])
    finally:
        await client.config_set("min-replicas-to-write", "0")
    assert (await closed.peek(*counters)).remaining == 1


async def test_an_error_of_another_kind_is_not_taken_for_redis_away(there: Redis) -> None:
    client: Any = there.state
    limiter = RedisLimiter(there, Tally(), when_away="open")
    await client.execute_command("ACL", "SETUSER", "default", "-evalsha", "-eval")
    try:
        for call in (limiter.take, limiter.peek, limiter.refund, limiter.clear):
            with pytest.raises(NoPermissionError):
                await call(per_day(1).at("a"))
    finally:
        await client.execute_command("ACL", "SETUSER", "default", "+@all")

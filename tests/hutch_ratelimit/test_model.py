"""The memory backend against the scripts: hypothesis makes up calls and lets time go by."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hutch_ratelimit.labs import MemoryLab, RedisLab

from hutch_ratelimit import Decision, fixed_window, gcra, per_day, per_minute, sliding_window
from hutch_redis import RedisSettings, open_redis
from hutch_redis.testing import unique_prefix

MINUTE = timedelta(minutes=1)
LIMITS = [
    fixed_window(5, MINUTE),
    per_minute(5),
    per_day(7, tz="Europe/Berlin"),
    sliding_window(6, MINUTE),
    gcra(10, MINUTE, burst=5),
]

counters = st.lists(st.sampled_from(range(len(LIMITS))), min_size=1, max_size=3, unique=True)
costs = st.integers(1, 5)
tokens = st.sampled_from([None, None, "a", "b"])
steps = st.one_of(
    st.tuples(st.just("take"), counters, costs, tokens),
    st.tuples(st.just("take"), counters, costs, tokens),
    st.tuples(st.just("peek"), counters, costs, st.none()),
    st.tuples(st.just("refund"), counters, costs, tokens),
    st.tuples(st.just("clear"), counters, st.none(), st.none()),
    st.tuples(st.just("move"), st.integers(1, 150)),
)


def told(decision: Any) -> Any:
    """What is to be the same; a real server's ends of windows are a little off."""
    if not isinstance(decision, Decision):
        return decision
    return (
        decision.allowed,
        decision.repeated,
        [
            (quota.remaining, round(quota.retry_after, 1), round(quota.reset_after, 1))
            for quota in decision.quotas
        ],
    )


async def act(lab: MemoryLab, step: Any) -> Any:
    match step:
        case ("move", seconds):
            return await lab.move(timedelta(seconds=seconds))
        case (what, which, cost, token):
            given = {"cost": cost, "token": token}
            options = {name: value for name, value in given.items() if value is not None}
            names = [LIMITS[number].at("model", number) for number in which]
            return await getattr(lab.limiter, what)(*names, **options)


async def agree(url: str, script: list[Any]) -> None:
    values = {"url": url, "prefix": unique_prefix(), "timeout": 10}
    async with asynccontextmanager(open_redis)(RedisSettings.model_validate(values)) as redis:
        model, real = MemoryLab(), RedisLab(redis)
        for step in script:
            assert told(await act(real, step)) == told(await act(model, step)), step


@pytest.mark.req("R24-33", "C-15")
def test_memory_and_scripts_agree(redis_url: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(script=st.lists(steps, max_size=20))
    def check(script: list[Any]) -> None:
        asyncio.run(agree(redis_url, script))

    check()

"""The limiter on each backend."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from tests.hutch_ratelimit.labs import MemoryLab, RedisLab

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_ratelimit import RateLimitSettings
from hutch_redis import Redis, RedisSettings, open_redis

Start = Callable[..., AbstractAsyncContextManager[Testing]]


@pytest.fixture
async def redis(redis_url: str, redis_prefix: str) -> AsyncIterator[Redis]:
    """Redis with a patience that a busy machine needs."""
    values = {"url": redis_url, "prefix": redis_prefix, "timeout": 10}
    async with asynccontextmanager(open_redis)(RedisSettings.model_validate(values)) as opened:
        yield opened


@pytest.fixture
def memory_lab() -> MemoryLab:
    return MemoryLab()


@pytest.fixture
def redis_lab(redis: Redis) -> RedisLab:
    return RedisLab(redis)


@pytest.fixture(params=["memory", "redis"])
def start(request: pytest.FixtureRequest, redis_url: str, redis_prefix: str) -> Start:
    """Start apps on either backend; with memory their Redis does not exist."""
    on_redis = request.param == "redis"
    url = redis_url if on_redis else "redis://127.0.0.1:1"
    redis = RedisSettings.model_validate({"url": url, "prefix": redis_prefix, "timeout": 10})

    @asynccontextmanager
    async def opened(
        module: Module, *overrides: Any, services: bool = False, **settings: Any
    ) -> AsyncIterator[Testing]:
        values = RateLimitSettings(backend=request.param, **settings)
        bound = [bind(RateLimitSettings).value(values), *overrides]
        if on_redis:
            bound.append(bind(RedisSettings).value(redis))
        async with testing(module, *bound, services=services) as app:
            yield app

    return opened

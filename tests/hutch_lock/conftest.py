"""The two backends, as the contract wants them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hutch_lock.contract import Services, services_on
from hutch_lock.in_memory import MemoryClaims
from hutch_lock.on_redis import RedisClaims
from hutch_redis import Redis, RedisSettings, open_redis


@pytest.fixture
def on_memory() -> Services:
    return services_on(MemoryClaims())


@pytest.fixture
async def on_redis(redis: Redis) -> AsyncIterator[Services]:
    services = services_on(RedisClaims(redis))
    yield services
    await services.leftovers.close()


@pytest.fixture
async def redis(redis_url: str, redis_prefix: str) -> AsyncIterator[Redis]:
    """Redis with time enough for a machine that is busy."""
    values = {"url": redis_url, "prefix": redis_prefix, "timeout": 5}
    settings = RedisSettings.model_validate(values)
    async with asynccontextmanager(open_redis)(settings) as opened:
        yield opened

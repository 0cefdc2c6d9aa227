"""Redis as these tests want it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hutch_redis import Redis, RedisSettings, open_redis


@pytest.fixture
async def redis(redis_url: str, redis_prefix: str) -> AsyncIterator[Redis]:
    """Redis with time enough for a machine that is busy."""
    values = {"url": redis_url, "prefix": redis_prefix, "timeout": 5}
    settings = RedisSettings.model_validate(values)
    async with asynccontextmanager(open_redis)(settings) as opened:
        yield opened

"""The switch on each backend."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from tests.hutch_pause.labs import MemoryLab, RedisLab

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_pause import PauseSettings
from hutch_pubsub import PubsubSettings
from hutch_pubsub.in_memory import MemoryEvents
from hutch_pubsub.on_redis import open_events
from hutch_redis import Redis, RedisSettings, open_redis

Start = Callable[..., AbstractAsyncContextManager[Testing]]


@pytest.fixture
async def redis(redis_url: str, redis_prefix: str) -> AsyncIterator[Redis]:
    """Redis with a patience that a busy machine needs."""
    values = {"url": redis_url, "prefix": redis_prefix, "timeout": 10}
    async with asynccontextmanager(open_redis)(RedisSettings.model_validate(values)) as opened:
        yield opened


@pytest.fixture
async def memory_lab() -> AsyncIterator[MemoryLab]:
    lab = MemoryLab(MemoryEvents())
    async with lab.ear.open():
        yield lab


@pytest.fixture
async def redis_lab(redis: Redis) -> AsyncIterator[RedisLab]:
    async with asynccontextmanager(open_events)(redis, PubsubSettings()) as events:
        lab = RedisLab(redis, events)
        await lab.open()
        async with lab.ear.open():
            yield lab
        await lab.pubsub.aclose()


@pytest.fixture
async def apart_lab(redis: Redis) -> AsyncIterator[RedisLab]:
    """Pauses on Redis, and events that do not hear Redis."""
    lab = RedisLab(redis, MemoryEvents(), told_apart=True)
    async with lab.ear.open():
        yield lab


@pytest.fixture(params=["memory", "redis"])
def start(request: pytest.FixtureRequest, redis_url: str, redis_prefix: str) -> Start:
    """Start apps on either backend."""
    on_redis = request.param == "redis"
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix, "timeout": 10})

    @asynccontextmanager
    async def opened(
        module: Module, *, services: bool = False, **settings: Any
    ) -> AsyncIterator[Testing]:
        bound: list[Any] = [
            bind(PauseSettings).value(PauseSettings(backend=request.param, **settings)),
            bind(PubsubSettings).value(PubsubSettings(backend=request.param)),
        ]
        if on_redis:
            bound.append(bind(RedisSettings).value(redis))
        async with testing(module, *bound, services=services) as app:
            yield app

    return opened

"""The two backends, started the way the contract asks."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from tests.hutch_queue.hand import Clock, Hand, by_hand

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_queue import QueueSettings
from hutch_queue.contract import Start
from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.redis_store import RedisStore
from hutch_redis import Redis, RedisSettings

Configured = Callable[..., Start]


@pytest.fixture
def on_redis(redis_url: str, redis_prefix: str) -> Configured:
    """Start apps on a real server, under a prefix of the test's own."""
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})

    def configured(**settings: Any) -> Start:
        return _start(QueueSettings(backend="redis", **settings), redis)

    return configured


@pytest.fixture
def on_memory() -> Configured:
    """Start apps that keep their jobs in memory; their Redis does not exist."""
    redis = RedisSettings.model_validate({"url": "redis://127.0.0.1:1"})

    def configured(**settings: Any) -> Start:
        return _start(QueueSettings(backend="memory", **settings), redis)

    return configured


def _start(queue: QueueSettings, redis: RedisSettings) -> Start:
    @asynccontextmanager
    async def opened(module: Module, *, services: bool = True) -> AsyncIterator[Testing]:
        overrides = bind(QueueSettings).value(queue), bind(RedisSettings).value(redis)
        async with testing(module, *overrides, services=services) as app:
            yield app

    def start(module: Module, *, services: bool = True) -> AbstractAsyncContextManager[Testing]:
        return opened(module, services=services)

    return start


@pytest.fixture(params=["memory", "redis"])
def start(request: pytest.FixtureRequest) -> Start:
    """Start apps on either backend."""
    return request.getfixturevalue(f"on_{request.param}")()


OpenByHand = Callable[[Module], AbstractAsyncContextManager[Hand]]


@pytest.fixture(params=["memory", "redis"])
def hand(request: pytest.FixtureRequest, redis_url: str, redis_prefix: str) -> OpenByHand:
    """Open apps whose jobs run by hand, on a clock that stands, on either backend."""
    clock = Clock()
    settings = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
    overrides = (
        bind(RedisSettings).value(settings),
        bind(QueueSettings).value(QueueSettings(backend=request.param)),
    )
    store: Any = MemoryStore(clock)
    if request.param == "redis":
        redis: Redis = request.getfixturevalue("redis")
        store = RedisStore(redis, redis.state, clock)
    return lambda module: by_hand(module, store, clock, *overrides)

"""Apps on the two backends."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from hutch import Binding, Module, bind
from hutch.testing import Testing, testing
from hutch_pubsub import PubsubSettings
from hutch_redis import RedisSettings

Start = Callable[..., AbstractAsyncContextManager[Testing]]


def starting(backend: str, url: str, prefix: str) -> Start:
    @asynccontextmanager
    async def start(
        module: Module, *overrides: Binding[Any], services: bool = True, **settings: Any
    ) -> AsyncIterator[Testing]:
        pubsub = PubsubSettings.model_validate({"backend": backend, **settings})
        redis = RedisSettings.model_validate({"url": url, "prefix": prefix})
        bindings = bind(PubsubSettings).value(pubsub), bind(RedisSettings).value(redis)
        async with testing(module, *bindings, *overrides, services=services) as app:
            yield app

    return start


@pytest.fixture
def on_redis(redis_url: str, redis_prefix: str) -> Start:
    return starting("redis", redis_url, redis_prefix)


@pytest.fixture
def on_memory() -> Start:
    """Their Redis does not exist."""
    return starting("memory", "redis://127.0.0.1:1", "none")


@pytest.fixture(params=["memory", "redis"])
def start(request: pytest.FixtureRequest) -> Start:
    found: Start = request.getfixturevalue(f"on_{request.param}")
    return found

"""The two backends, and an app on either."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_cache import CacheSettings
from hutch_redis import RedisSettings

Start = Callable[..., AbstractAsyncContextManager[Testing]]


@asynccontextmanager
async def on_server(
    module: Module, url: str, prefix: str, *, timeout: float | None = None, **settings: Any
) -> Any:
    """Start an app whose cache is on a server; without a timeout it has the default one."""
    redis: dict[str, Any] = {"url": url, "prefix": prefix}
    if timeout is not None:
        redis["timeout"] = timeout
    overrides = (
        bind(RedisSettings).value(RedisSettings.model_validate(redis)),
        bind(CacheSettings).value(CacheSettings.model_validate({"backend": "redis", **settings})),
    )
    async with testing(module, *overrides) as app:
        yield app


@pytest.fixture
def start(redis_url: str, redis_prefix: str) -> Start:
    """Start apps on a real server, under a prefix of the test's own."""

    @asynccontextmanager
    async def opened(module: Module, **settings: Any) -> AsyncIterator[Testing]:
        async with on_server(module, redis_url, redis_prefix, **settings) as app:
            yield app

    return opened

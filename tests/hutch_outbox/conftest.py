"""The app of the tests on each database, with a real Redis under a prefix of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]
import pytest
from pydantic import SecretStr
from tests.hutch_outbox.shop import order, shop
from tests.postgres import PASSWORD, Server

from hutch import Module, Role, bind
from hutch.testing import Testing, testing
from hutch_database import Database, DatabaseSettings
from hutch_outbox import OutboxSettings
from hutch_queue import QueueSettings
from hutch_redis import RedisSettings


class Start(Protocol):
    """Opens the app; ``services=False`` leaves relay and worker out."""

    def __call__(
        self,
        module: Module = shop,
        *,
        services: bool = True,
        role: Role = Role.ALL,
        redis: str = "",
        **settings: Any,
    ) -> AbstractAsyncContextManager[Testing]: ...


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
async def server_url(postgres: Server) -> str:
    return await postgres.new_database()


@pytest.fixture(params=["sqlite", pytest.param("server", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def start(url: str, redis_url: str, redis_prefix: str) -> Start:
    return starting(url, redis_url, redis_prefix)


@pytest.fixture
def start_sqlite(sqlite_url: str, redis_url: str, redis_prefix: str) -> Start:
    return starting(sqlite_url, redis_url, redis_prefix)


@pytest.fixture
def start_server(server_url: str, redis_url: str, redis_prefix: str) -> Start:
    return starting(server_url, redis_url, redis_prefix)


def starting(url: str, redis_url: str, prefix: str) -> Start:
    @asynccontextmanager
    async def opened(
        module: Module = shop,
        *,
        services: bool = True,
        role: Role = Role.ALL,
        redis: str = "",
        **settings: Any,
    ) -> AsyncIterator[Testing]:
        at = RedisSettings.model_validate({"url": redis or redis_url, "prefix": prefix})
        overrides = (
            bind(DatabaseSettings).value(
                DatabaseSettings(url=SecretStr(url), upgrade_at_start=True, pool_size=3)
            ),
            bind(OutboxSettings).value(OutboxSettings(**{"interval": 0.05, **settings})),
            bind(QueueSettings).value(QueueSettings(backend="redis", lease=5)),
            bind(RedisSettings).value(at),
        )
        async with testing(module, *overrides, role=role, services=services) as app:
            async with app.get(Database).engine.begin() as connection:
                await connection.run_sync(order.metadata.create_all)
            yield app

    return opened


@asynccontextmanager
async def away(server: Server, url: str) -> AsyncIterator[None]:
    """Let a database end its connections and refuse others meanwhile."""
    name = url.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(
        host=str(server.folder), user="postgres", password=PASSWORD, database="postgres"
    )
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await connection.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.02)

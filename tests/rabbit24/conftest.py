"""Rabbit24 in this process: memory queue, SQLite or PostgreSQL, and a sandbox on a real socket."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.postgres import Server
from tests.rabbit24.running import BEARER, PLATFORMS, TOKEN, Person, Rabbit, operators
from tests.travel import Travel as Travel
from tests.travel import travel as travel

from hutch import bind
from hutch.testing import testing
from hutch_database import DatabaseSettings
from kit.sandbox import SandboxState, serving
from rabbit24.module import rabbit24

Start = Callable[..., AbstractAsyncContextManager[Rabbit]]


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[tuple[str, SandboxState]]:
    state = SandboxState()
    async with serving(state) as url:
        yield url, state


@pytest.fixture(scope="session")
async def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("upgraded") / "rabbit24.db"
    settings = DatabaseSettings(url=SecretStr(f"sqlite:///{path}"), upgrade_at_start=True)
    async with testing(rabbit24, bind(DatabaseSettings).value(settings)):
        pass
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path, upgraded: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(upgraded, tmp_path / 'rabbit24.db')}"
    server: Server = request.getfixturevalue("postgres")
    return await server.new_database()


@pytest.fixture
def environment(
    sandbox: tuple[str, SandboxState],
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[pytest.MonkeyPatch]:
    """What rabbit24 is told by its environment."""
    url, state = sandbox
    for name, value in {
        "DATABASE_URL": database_url,
        "HUTCH_VECTORS__BACKEND": "pgvector" if "postgres" in database_url else "exact",
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
        "HUTCH_AUTH__HASH_MEMORY": "7MiB",
        "HUTCH_AUTH__HASH_ROUNDS": "1",
        "HUTCH_FILES__STORE": str(tmp_path / "files"),
        "HUTCH_PLATFORMS__X_BASE_URL": url,
        "HUTCH_PLATFORMS__X_WEB_URL": url,
        "HUTCH_PLATFORMS__X_CLIENT_ID": "client",
        "HUTCH_PLATFORMS__LINKEDIN_BASE_URL": f"{url}/linkedin",
        "HUTCH_PLATFORMS__LINKEDIN_OAUTH_URL": f"{url}/linkedin/oauth/v2",
        "HUTCH_PLATFORMS__LINKEDIN_CLIENT_ID": "client",
        "HUTCH_PLATFORMS__LINKEDIN_CLIENT_SECRET": "secret",
        "HUTCH_PLATFORMS__FACEBOOK_BASE_URL": f"{url}/facebook",
        "HUTCH_PLATFORMS__FACEBOOK_APP_ID": "app",
        "HUTCH_PLATFORMS__FACEBOOK_APP_SECRET": "secret",
        "HUTCH_PLATFORMS__INSTAGRAM_BASE_URL": f"{url}/instagram",
        "HUTCH_PLATFORMS__MEDIA_POLL_INTERVAL": "0.01",
        "REDIS_URL": "redis://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    yield monkeypatch
    for platform in PLATFORMS.values():
        assert state.faults.take(platform) is None, "the test left a fault behind"


@pytest.fixture
def start(environment: pytest.MonkeyPatch, sandbox: tuple[str, SandboxState]) -> Start:
    @asynccontextmanager
    async def start(*overrides: Any, services: bool = False) -> AsyncIterator[Rabbit]:
        async with testing(rabbit24, *overrides, services=services) as t:
            t.client.headers.update(BEARER)
            yield Rabbit(t, sandbox[1], t.client)

    return start


@pytest.fixture
def on_redis(
    environment: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> pytest.MonkeyPatch:
    """Every module on Redis, as in production."""
    environment.setenv("REDIS_URL", redis_url)
    environment.setenv("REDIS_PREFIX", redis_prefix)
    for module in ("QUEUE", "PUBSUB", "CACHE", "RATELIMIT", "LOCK", "SESSION"):
        environment.setenv(f"HUTCH_{module}__BACKEND", "redis")
    return environment


@pytest.fixture
async def rabbit(start: Start) -> AsyncIterator[Rabbit]:
    async with start() as rabbit:
        yield rabbit


@pytest.fixture
async def ada(rabbit: Rabbit) -> AsyncIterator[Person]:
    """A user with a brand."""
    async with rabbit.user() as user:
        yield user


@pytest.fixture
async def house(rabbit: Rabbit) -> Person:
    """The operator, with a brand of the house."""
    return await operators(rabbit.operator, rabbit.state)

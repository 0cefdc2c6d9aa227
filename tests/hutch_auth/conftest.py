"""The app with tokens alone, and accounts on each database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy

import pytest
from pydantic import SecretStr
from tests.hutch_auth.apps import Things, app, settings
from tests.postgres import Server

from hutch import Module, bind
from hutch.contributions import Migrations
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings
from hutch_auth.passwords import Passwords, open_passwords
from hutch_auth.table_users import TableUsers
from hutch_database import Database, DatabaseSettings, connect, upgrade
from hutch_ratelimit import MemoryLimiter, RateLimiter
from hutch_session import Sessions, session_module

MIGRATIONS = [Migrations("hutch_auth", "hutch_auth:migrations")]


@pytest.fixture(scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the module's tables, to be copied."""
    file = tmp_path_factory.mktemp("auth") / "template.db"
    async with migrated(f"sqlite:///{file}"):
        pass
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, template: Path) -> str:
    return f"sqlite:///{copy(template, tmp_path / 'app.db')}"


@pytest.fixture(scope="session")
async def server(postgres: Server) -> AsyncIterator[Database]:
    """A database with the module's tables on a server, for all tests."""
    async with migrated(await postgres.new_database()) as opened:
        yield opened


@pytest.fixture
async def server_database(server: Database) -> Database:
    """The same without rows."""
    async with server.engine.begin() as connection:
        await connection.exec_driver_sql("TRUNCATE hutch_auth_users CASCADE")
    return server


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with connect(sqlite_url, 5) as opened:
        yield opened


@pytest.fixture(scope="session")
async def sessions() -> AsyncIterator[Sessions]:
    root = Module("sessions", imports=[session_module()], exports=[Sessions])
    async with testing(root) as started:
        yield started.get(Sessions)


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    async with asynccontextmanager(open_passwords)(settings()) as opened:
        yield opened


@pytest.fixture
def users(database: Database, passwords: Passwords, sessions: Sessions) -> TableUsers:
    return TableUsers(database, passwords, sessions)


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[Database]:
    """Open a database with the module's tables."""
    async with connect(url, 5) as opened:
        await upgrade(opened, MIGRATIONS)
        yield opened


class Clock:
    """A limiter's time, in microseconds."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000_000

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def t(clock: Clock) -> AsyncIterator[Testing]:
    """The app without accounts."""
    Things.changes = 0
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(RateLimiter).value(MemoryLimiter(clock=clock)),
    )
    async with testing(app, *overrides) as started:
        yield started


@pytest.fixture
def database_settings(sqlite_url: str) -> DatabaseSettings:
    return DatabaseSettings(url=SecretStr(sqlite_url), upgrade_at_start=True)

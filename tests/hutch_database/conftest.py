"""A database for each test: SQLite in a folder, or one on a real PostgreSQL server."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.hutch_database.packages import Package
from tests.postgres import Server

from hutch_database import Database, connect


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.db'}"
    server: Server = request.getfixturevalue("postgres")
    return await server.new_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with connect(url) as database:
        yield database


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    async with connect(sqlite_url) as database:
        yield database


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    yield from _package(tmp_path, "shop", monkeypatch)


@pytest.fixture
def stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    yield from _package(tmp_path, "stock", monkeypatch)


def _package(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    monkeypatch.syspath_prepend(root)
    yield Package(root, name).create()
    for imported in [module for module in sys.modules if module.split(".")[0] == name]:
        del sys.modules[imported]

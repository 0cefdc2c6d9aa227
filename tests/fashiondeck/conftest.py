"""Fashiondeck in this process: memory queue, SQLite, and a sandbox of eBay on a real socket."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fashiondeck.running import BEARER, Deck, Ebay, environment
from tests.travel import Travel as Travel
from tests.travel import travel as travel

from fashiondeck.module import fashiondeck
from hutch import App
from hutch.contributions import Migrations
from hutch.testing import testing
from hutch_database import connect, upgrade
from kit.sandbox import PlatformName, SandboxState, serving

Start = Callable[..., AbstractAsyncContextManager[Deck]]


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Ebay]:
    state = SandboxState()
    async with serving(state) as url:
        yield Ebay(url, state)


@pytest.fixture
def ebay(sandbox: Ebay) -> Iterator[Ebay]:
    """An eBay that nobody has used yet, on the server of all tests."""
    state = sandbox.state
    state.ebay.__init__()  # type: ignore[misc]
    state.ebay.world = state.world
    state.world.ahead = timedelta()
    yield sandbox
    assert state.faults.take(PlatformName.EBAY) is None, "the test left a fault behind"


@pytest.fixture(scope="session")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is upgraded and empty: a copy of it costs less than another upgrade."""
    file = tmp_path_factory.mktemp("database") / "deck.db"
    async with connect(f"sqlite:///{file}") as database:
        await upgrade(database, App(fashiondeck).contributed(Migrations))
    return file


@pytest.fixture
def told(
    ebay: Ebay, migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """What fashiondeck is told by its environment."""
    shutil.copy(migrated, tmp_path / "deck.db")
    for name, value in environment(ebay.url, f"sqlite:///{tmp_path / 'deck.db'}").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HUTCH_MARKETPLACES__EBAY_PAGE_SIZE", "20")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    return monkeypatch


@pytest.fixture
def on_redis(told: pytest.MonkeyPatch, redis_url: str, redis_prefix: str) -> pytest.MonkeyPatch:
    """Everything that can be is on Redis."""
    told.setenv("REDIS_URL", redis_url)
    told.setenv("REDIS_PREFIX", redis_prefix)
    for module in ("CACHE", "LOCK", "METRICS", "QUEUE", "RATELIMIT"):
        told.setenv(f"HUTCH_{module}__BACKEND", "redis")
    return told


@pytest.fixture
def start(told: pytest.MonkeyPatch, ebay: Ebay) -> Start:
    @asynccontextmanager
    async def start(*overrides: Any, services: bool = False) -> AsyncIterator[Deck]:
        async with testing(fashiondeck, *overrides, services=services) as t:
            t.client.headers.update(BEARER)
            yield Deck(t, t.client, ebay)

    return start


@pytest.fixture
async def deck(start: Start) -> AsyncIterator[Deck]:
    async with start() as deck:
        yield deck

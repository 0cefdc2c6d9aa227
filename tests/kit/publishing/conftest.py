"""The press in this process: memory queue, SQLite, and a sandbox on a real socket."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.kit.publishing.press import press
from tests.kit.publishing.running import PLATFORMS, Place, Press
from tests.travel import Travel as Travel
from tests.travel import travel as travel

from hutch.testing import testing
from kit.publishing import Network
from kit.sandbox import SandboxState

Start = Callable[..., AbstractAsyncContextManager[Press]]
PlaceOn = Callable[[Network], Place]


@pytest.fixture
def place_on(server: tuple[str, SandboxState]) -> Iterator[PlaceOn]:
    """Connect a new account on a network."""
    url, state = server

    def connect(network: Network) -> Place:
        grant = state.social[PLATFORMS[network]].connect("rabbit")
        return Place(url, state, grant, network)

    yield connect
    for platform in PLATFORMS.values():
        assert state.faults.take(platform) is None, "the test left a fault behind"


@pytest.fixture
def x(place_on: PlaceOn) -> Place:
    return place_on(Network.TWITTER)


@pytest.fixture
def environment(x: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What the press is told by its environment."""
    for name, value in {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'press.db'}",
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_FILES__STORE": str(tmp_path / "files"),
        "HUTCH_PLATFORMS__X_BASE_URL": x.url,
        "HUTCH_PLATFORMS__X_WEB_URL": x.url,
        "HUTCH_PLATFORMS__X_CLIENT_ID": "client",
        "HUTCH_PLATFORMS__LINKEDIN_BASE_URL": f"{x.url}/linkedin",
        "HUTCH_PLATFORMS__FACEBOOK_BASE_URL": f"{x.url}/facebook",
        "HUTCH_PLATFORMS__INSTAGRAM_BASE_URL": f"{x.url}/instagram",
        "HUTCH_PLATFORMS__MEDIA_POLL_INTERVAL": "0.01",
        "REDIS_URL": "redis://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def start(environment: pytest.MonkeyPatch, x: Place) -> Start:
    @asynccontextmanager
    async def start(*overrides: Any, services: bool = False) -> AsyncIterator[Press]:
        async with testing(press, *overrides, services=services) as t:
            started = Press(t, x)
            started.book.accounts[x.account.id] = x.account
            started.book.tokens[x.account.id] = x.tokens
            yield started

    return start


@pytest.fixture
async def rabbit(start: Start) -> AsyncIterator[Press]:
    async with start() as started:
        yield started

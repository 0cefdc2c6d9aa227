"""Rabbit24 in this process: memory queue, SQLite, and a sandbox of X on a real socket."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from tests.rabbit24.running import BEARER, TOKEN, Rabbit, X

from hutch.testing import testing
from kit.sandbox import PlatformName, SandboxState, serving
from rabbit24.module import rabbit24

Start = Callable[..., AbstractAsyncContextManager[Rabbit]]
Travel = Callable[[timedelta], None]


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[tuple[str, SandboxState]]:
    state = SandboxState()
    async with serving(state) as url:
        yield url, state


@pytest.fixture
def x(sandbox: tuple[str, SandboxState]) -> Iterator[X]:
    url, state = sandbox
    yield X(url, state, state.x.accounts.connect("rabbit"))
    assert state.faults.take(PlatformName.X) is None, "the test left a fault behind"


@pytest.fixture
def environment(x: X, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What rabbit24 is told by its environment."""
    for name, value in {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'rabbit24.db'}",
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
        "HUTCH_PLATFORMS__X_BASE_URL": x.url,
        "HUTCH_PLATFORMS__X_WEB_URL": x.url,
        "HUTCH_RABBIT24__X_USER_ID": x.grant.account.user_id,
        "HUTCH_RABBIT24__X_ACCESS_TOKEN": x.grant.pair.access,
        "REDIS_URL": "redis://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def start(environment: pytest.MonkeyPatch, x: X) -> Start:
    @asynccontextmanager
    async def start(*overrides: Any, services: bool = False) -> AsyncIterator[Rabbit]:
        async with testing(rabbit24, *overrides, services=services) as t:
            t.client.headers.update(BEARER)
            yield Rabbit(t, t.client, x)

    return start


@pytest.fixture
async def rabbit(start: Start) -> AsyncIterator[Rabbit]:
    async with start() as rabbit:
        yield rabbit


@pytest.fixture
def travel() -> Iterator[Travel]:
    """Move this process's clock, and so the sandbox's."""
    with ExitStack() as stack:

        def travel(distance: timedelta) -> None:
            # Jobs are due at whole milliseconds, rounded up.
            then = datetime.now(UTC) + distance + timedelta(milliseconds=2)
            stack.enter_context(time_machine.travel(then))

        yield travel

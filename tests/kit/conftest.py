from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from pydantic import SecretStr

from kit.platforms import PlatformSettings, XClient
from kit.sandbox import PlatformName, SandboxState, serving


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that really listens, and one account of its own for each test."""

    url: str
    state: SandboxState
    http: httpx2.AsyncClient
    account: dict[str, str]

    @property
    def token(self) -> SecretStr:
        return SecretStr(self.account["access_token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.account['access_token']}"}

    @property
    def posts(self) -> list[str]:
        return [post.text for post in self.state.x.posts.of(self.account["user_id"])]

    async def fault(self, fault: str, **more: Any) -> None:
        order = {"platform": "x", "fault": fault} | more
        answer = await self.http.post(f"{self.url}/_sandbox/faults", json=order)
        assert answer.status_code == 201, answer.text


Connect = Callable[[str, SandboxState], Awaitable[Sandbox]]


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[tuple[str, SandboxState]]:
    state = SandboxState()
    async with serving(state) as url:
        yield url, state


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=5) as client:
        yield client


@pytest.fixture(scope="session")
def connect(http: httpx2.AsyncClient) -> Connect:
    async def connect(url: str, state: SandboxState) -> Sandbox:
        answer = await http.post(f"{url}/_sandbox/accounts", json={"username": "rabbit"})
        assert answer.status_code == 201
        return Sandbox(url, state, http, answer.json())

    return connect


@pytest.fixture
async def sandbox(server: tuple[str, SandboxState], connect: Connect) -> AsyncIterator[Sandbox]:
    yield await connect(*server)
    assert server[1].faults.take(PlatformName.X) is None, "the test left a fault behind"


@pytest.fixture
async def another(server: tuple[str, SandboxState], connect: Connect) -> Sandbox:
    """A second account on the same sandbox."""
    return await connect(*server)


@pytest.fixture
def travel() -> Iterator[Callable[[float], None]]:
    """Move this process's clock, and so the sandbox's, by some seconds."""
    with ExitStack() as stack:

        def travel(seconds: float) -> None:
            now = datetime.now(UTC)
            stack.enter_context(time_machine.travel(now + timedelta(seconds=seconds)))

        yield travel


@pytest.fixture
def x(sandbox: Sandbox) -> XClient:
    settings = PlatformSettings(x_base_url=sandbox.url, x_client_id="client")
    return XClient(sandbox.http, settings)

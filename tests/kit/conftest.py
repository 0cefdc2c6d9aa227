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

from kit.platforms import (
    FacebookClient,
    InstagramClient,
    LinkedInClient,
    PlatformSettings,
    WhatsAppClient,
    XClient,
)
from kit.sandbox import PlatformName, SandboxState, serving


def settings_of(url: str, **more: Any) -> PlatformSettings:
    known: dict[str, Any] = {
        "x_base_url": url,
        "x_client_id": "client",
        "linkedin_base_url": f"{url}/linkedin",
        "linkedin_oauth_url": f"{url}/linkedin/oauth/v2",
        "linkedin_client_id": "client",
        "linkedin_client_secret": "client-secret",
        "facebook_base_url": f"{url}/facebook",
        "facebook_app_id": "app",
        "facebook_app_secret": "app-secret",
        "instagram_base_url": f"{url}/instagram",
        "whatsapp_base_url": f"{url}/whatsapp",
        "whatsapp_app_secret": "app-secret",
        "whatsapp_verify_token": "verify-token",
        "media_poll_interval": 0.01,
    }
    return PlatformSettings(**(known | more))


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that really listens, and one account of its own for each test."""

    url: str
    state: SandboxState
    http: httpx2.AsyncClient
    account: dict[str, str]
    platform: str = "x"

    @property
    def token(self) -> SecretStr:
        return SecretStr(self.account["access_token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.account['access_token']}"}

    @property
    def posts(self) -> list[str]:
        """The words of what the account has posted, newest first."""
        mine = self.state.shown()[PlatformName(self.platform)]["posts"]
        return [post["text"] for post in mine if post["user_id"] == self.user_id]

    @property
    def user_id(self) -> str:
        return self.account["user_id"]

    def settings(self, **more: Any) -> PlatformSettings:
        """Settings that lead every adapter here."""
        return settings_of(self.url, **more)

    async def fault(self, fault: str, **more: Any) -> None:
        order = {"platform": self.platform, "fault": fault} | more
        answer = await self.http.post(f"{self.url}/_sandbox/faults", json=order)
        assert answer.status_code == 201, answer.text


Connect = Callable[..., Awaitable[Sandbox]]
Server = tuple[str, SandboxState]


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
    async def connect(url: str, state: SandboxState, platform: str = "x") -> Sandbox:
        new = {"username": "rabbit", "platform": platform}
        answer = await http.post(f"{url}/_sandbox/accounts", json=new)
        assert answer.status_code == 201
        return Sandbox(url, state, http, answer.json(), platform)

    return connect


async def fresh(server: Server, connect: Connect, platform: str) -> AsyncIterator[Sandbox]:
    yield await connect(*server, platform)
    assert server[1].faults.take(PlatformName(platform)) is None, "the test left a fault behind"


@pytest.fixture
async def sandbox(server: Server, connect: Connect) -> AsyncIterator[Sandbox]:
    async for one in fresh(server, connect, "x"):
        yield one


@pytest.fixture
async def on_linkedin(server: Server, connect: Connect) -> AsyncIterator[Sandbox]:
    async for one in fresh(server, connect, "linkedin"):
        yield one


@pytest.fixture
async def on_facebook(server: Server, connect: Connect) -> AsyncIterator[Sandbox]:
    async for one in fresh(server, connect, "facebook"):
        yield one


@pytest.fixture
async def on_instagram(server: Server, connect: Connect) -> AsyncIterator[Sandbox]:
    async for one in fresh(server, connect, "instagram"):
        yield one


@pytest.fixture
async def on_whatsapp(server: Server, connect: Connect) -> AsyncIterator[Sandbox]:
    async for one in fresh(server, connect, "whatsapp"):
        yield one


@pytest.fixture
async def another(server: Server, connect: Connect) -> Sandbox:
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
    return XClient(sandbox.http, sandbox.settings())


@pytest.fixture
def linkedin(on_linkedin: Sandbox) -> LinkedInClient:
    return LinkedInClient(on_linkedin.http, on_linkedin.settings())


@pytest.fixture
def facebook(on_facebook: Sandbox) -> FacebookClient:
    return FacebookClient(on_facebook.http, on_facebook.settings())


@pytest.fixture
def instagram(on_instagram: Sandbox) -> InstagramClient:
    return InstagramClient(on_instagram.http, on_instagram.settings())


@pytest.fixture
def whatsapp(on_whatsapp: Sandbox) -> WhatsAppClient:
    return WhatsAppClient(on_whatsapp.http, on_whatsapp.settings())


@pytest.fixture
def scripted() -> Callable[..., tuple[Any, list[httpx2.Request]]]:
    """Make an adapter to a platform that gives one fixed answer, and tell what it was asked."""

    def script(
        adapter: type[Any], answer: httpx2.Response | Exception, **settings: Any
    ) -> tuple[Any, list[httpx2.Request]]:
        asked: list[httpx2.Request] = []

        def answer_all(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            if isinstance(answer, Exception):
                raise answer
            return answer

        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer_all))
        return adapter(http, PlatformSettings(**settings)), asked

    return script

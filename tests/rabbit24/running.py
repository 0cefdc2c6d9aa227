"""Rabbit24 with its accounts on a sandbox, as tests drive it."""

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import uvicorn
from PIL import Image
from starlette.types import ASGIApp

from hutch.testing import Testing
from kit.publishing import Network, Publication, Publications
from kit.sandbox import Fault, FaultOrder, PlatformName, SandboxState
from kit.sandbox.accounts import Grant
from kit.sandbox.server import Guest, listen
from rabbit24.schemas import PublishPost

TOKEN = "the-operators-own-token"
BEARER = {"authorization": f"Bearer {TOKEN}"}
PASSWORD = "correct horse battery"
PLATFORMS = {
    Network.TWITTER: PlatformName.X,
    Network.LINKEDIN: PlatformName.LINKEDIN,
    Network.FACEBOOK: PlatformName.FACEBOOK,
    Network.INSTAGRAM: PlatformName.INSTAGRAM,
}
_users = itertools.count(1)


def picture(size: tuple[int, int] = (40, 20), colour: str = "teal") -> bytes:
    """Draw a PNG."""
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()


@dataclass(frozen=True)
class Account:
    """An account of a brand, and what is behind it on the sandbox."""

    id: str
    connection: int
    network: Network
    grant: Grant
    state: SandboxState

    @property
    def posts(self) -> list[dict[str, Any]]:
        """What it has posted, newest first."""
        mine = self.state.shown()[PLATFORMS[self.network]]["posts"]
        return [post for post in mine if post["user_id"] == self.grant.account.user_id]

    @property
    def texts(self) -> list[str]:
        return [post["text"] for post in self.posts]

    def fault(self, fault: Fault, **more: Any) -> None:
        self.state.faults.order(FaultOrder(platform=PLATFORMS[self.network], fault=fault, **more))

    def drop_faults(self) -> None:
        """Forget the faults that struck nothing."""
        while self.state.faults.take(PLATFORMS[self.network]):
            pass


@dataclass(frozen=True)
class Person:
    """Somebody who uses the app over HTTP, with a brand of their own."""

    client: httpx2.AsyncClient
    state: SandboxState
    brand: str
    id: str | None

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = await self.client.request(method, path, **more)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    async def connect(self, network: Network = Network.TWITTER, **more: Any) -> Account:
        grant = self.state.social[PLATFORMS[network]].connect("rabbit")
        new = {
            "brandProfileId": self.brand,
            "platform": network,
            "userId": grant.account.user_id,
            "accessToken": grant.pair.access,
            "expiresAt": grant.pair.expires_at.isoformat(),
        } | more
        if network in (Network.TWITTER, Network.LINKEDIN):
            new["refreshToken"] = grant.pair.refresh
        made = await self.ask("POST", "/api/accounts", 201, json=new)
        return Account(made["id"], made["connectionId"], network, grant, self.state)

    async def write(self, content: str, *accounts: Account, media: tuple[str, ...] = ()) -> str:
        new = {
            "brandProfileId": self.brand,
            "content": content,
            "media": media,
            "accountIds": [account.id for account in accounts],
        }
        return str((await self.ask("POST", "/api/posts", 201, json=new))["id"])

    async def approve(self, post: str) -> dict[str, Any]:
        return dict(await self.ask("POST", f"/api/posts/{post}/approve", 202))

    async def approved(self, content: str, *accounts: Account, media: tuple[str, ...] = ()) -> str:
        post = await self.write(content, *accounts, media=media)
        await self.approve(post)
        return post

    async def read(self, post: str) -> dict[str, Any]:
        return dict(await self.ask("GET", f"/api/posts/{post}"))

    async def states(self, post: str) -> dict[str, str]:
        publications = (await self.read(post))["publications"]
        return {one["platform"]: one["state"] for one in publications}

    async def upload(self, content: bytes | None = None) -> dict[str, Any]:
        path = f"/api/materials?brandProfileId={self.brand}"
        return dict(await self.ask("POST", path, 201, content=content or picture()))


@dataclass(frozen=True)
class Rabbit:
    """A started rabbit24."""

    t: Testing
    state: SandboxState
    operator: httpx2.AsyncClient

    @asynccontextmanager
    async def user(self) -> AsyncIterator[Person]:
        """Register somebody, log them in, and make a brand."""
        transport = httpx2.ASGITransport(self.t.app.http)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield await person(client, self.state)

    async def row(self, post: str, account: Account) -> Publication:
        return await self.t.get(Publications).get(post, account.id)

    async def drain(self) -> int:
        return await self.t.drain()

    async def settle(self, travel: Any) -> None:
        """Let time pass until nothing is to be done."""
        while await self.drain() or self.t.enqueued:
            travel(timedelta(seconds=1))


async def person(client: httpx2.AsyncClient, state: SandboxState) -> Person:
    login = {"name": f"user{next(_users)}", "password": PASSWORD}
    # As a browser says on which page it is.
    client.headers["origin"] = str(client.base_url).rstrip("/")
    answer = await client.post("/api/register", json=login)
    assert answer.status_code == 201, answer.text
    assert (await client.post("/api/login", json=login)).status_code == 200
    made = await client.post("/api/brands", json={"name": "Brand"})
    assert made.status_code == 201, made.text
    return Person(client, state, made.json()["id"], answer.json()["id"])


async def operators(client: httpx2.AsyncClient, state: SandboxState) -> Person:
    client.headers.update(BEARER)
    made = await client.post("/api/brands", json={"name": "House"})
    assert made.status_code == 201, made.text
    return Person(client, state, made.json()["id"], None)


def payload(person: Person, post: str, account: Account, content: str) -> PublishPost:
    return PublishPost(
        post_id=post,
        brand_profile_id=person.brand,
        social_account_id=account.id,
        content=content,
    )


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve the app on a real socket, because streams do not come through in process."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    server = Guest(config)
    running = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def served(rabbit: Rabbit, like: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    """Speak over a real socket as somebody who is logged in."""
    headers = {name: like.headers[name] for name in ("authorization",) if name in like.headers}
    async with (
        serving(rabbit.t.app.http) as url,
        httpx2.AsyncClient(
            base_url=url, headers=headers | {"origin": url}, cookies=dict(like.cookies), timeout=10
        ) as client,
    ):
        yield client


async def sent_events(stream: httpx2.Response) -> AsyncIterator[tuple[str, str]]:
    """Read server-sent events as kind and data."""
    kind, data = "message", ""
    async for line in stream.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and (kind, data) != ("message", ""):
            yield kind, data
            kind, data = "message", ""


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()

"""Rabbit24 with its account on a sandbox of X, as tests drive it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import httpx2
import uvicorn

from hutch import bind
from hutch.binding import Binding
from hutch.testing import Testing
from hutch_pubsub import Events, Message
from hutch_queue import QueueAdmin
from kit.platforms import XClient
from kit.sandbox import Fault, FaultOrder, PlatformName, SandboxState
from kit.sandbox.accounts import Grant
from kit.sandbox.server import Guest, listen
from kit.sandbox.x.posts import StoredPost
from rabbit24.channels import POSTS_PUBLISHED
from rabbit24.models import Publication
from rabbit24.schemas import PostPublished, PublishPost
from rabbit24.services.publications import Publications
from rabbit24.services.publishing import Publisher

TOKEN = "the-operators-own-token"
BEARER = {"authorization": f"Bearer {TOKEN}"}
ACCOUNT = "x-main"
END = "the end"


@dataclass(frozen=True)
class X:
    """The sandbox, and the account on it that the app posts to."""

    url: str
    state: SandboxState
    grant: Grant

    @property
    def posts(self) -> list[StoredPost]:
        """What the account has posted, newest first."""
        return self.state.x.posts.of(self.grant.account.user_id)

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts]

    def post(self, text: str) -> StoredPost:
        """Post by hand, as the account's owner would."""
        return self.state.x.posts.add(self.grant.account, text, ())

    def fault(self, fault: Fault, **more: Any) -> None:
        self.state.faults.order(FaultOrder(platform=PlatformName.X, fault=fault, **more))


@dataclass(frozen=True)
class Rabbit:
    """A started rabbit24."""

    t: Testing
    client: httpx2.AsyncClient
    x: X

    async def write(self, content: str, brand: str = "brand") -> str:
        new = {"brandProfileId": brand, "content": content}
        answer = await self.client.post("/api/posts", json=new)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def approve(self, post: str) -> dict[str, Any]:
        answer = await self.client.post(f"/api/posts/{post}/approve")
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def approved(self, content: str, brand: str = "brand") -> str:
        post = await self.write(content, brand)
        await self.approve(post)
        return post

    async def read(self, post: str) -> dict[str, Any]:
        answer = await self.client.get(f"/api/posts/{post}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["publications"][0])

    async def state(self, post: str) -> str:
        return str((await self.read(post))["state"])

    async def row(self, post: str) -> Publication:
        return await self.t.get(Publications).get(post, ACCOUNT)

    async def due(self, post: str) -> datetime:
        not_before = (await self.row(post)).not_before
        assert not_before is not None
        return not_before

    async def scheduled(self) -> int:
        return (await self.t.get(QueueAdmin).stats("publish")).delayed

    @property
    def publisher(self) -> Publisher:
        return self.t.get(Publisher)

    @asynccontextmanager
    async def listening(self, brand: str = "brand") -> AsyncIterator[list[str]]:
        """Collect the events of a brand, all that are told until the block ends."""
        events, topic = self.t.get(Events), POSTS_PUBLISHED.of(brand_profile_id=brand)
        heard: list[str] = []

        async with asyncio.timeout(5), events.subscribe(topic) as stream:

            async def listen() -> None:
                async for item in stream:
                    assert isinstance(item, Message)
                    if item.value.post_id == END:
                        return
                    heard.append(item.value.model_dump_json())

            async with asyncio.TaskGroup() as group:
                group.create_task(listen())
                yield heard
                end = PostPublished(post_id=END, platform="TWITTER", url="")
                await events.publish(topic, end)


def in_place_of_x(fake: object) -> Binding[Any]:
    """Let the app call something else than X."""
    return bind(XClient).value(cast(XClient, fake))


def payload(post: str, content: str, brand: str = "brand") -> PublishPost:
    return PublishPost(
        post_id=post, brand_profile_id=brand, social_account_id=ACCOUNT, content=content
    )


@asynccontextmanager
async def served(t: Testing) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve the app on a real socket, because streams do not come through in process."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        t.app.http, lifespan="off", log_level="warning", timeout_graceful_shutdown=1
    )
    server = Guest(config)
    serving = asyncio.create_task(server.serve([listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=5) as client:
        try:
            yield client
        finally:
            server.should_exit = True
            await serving


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

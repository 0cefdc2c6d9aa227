"""Somebody who uses rabbit24 over HTTP: logs in, connects, writes, and listens."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from PIL import Image

from demo.plays.asking import AGAIN, answer_to
from demo.plays.play import Scene

NETWORKS = {
    "TWITTER": "x",
    "LINKEDIN": "linkedin",
    "FACEBOOK": "facebook",
    "INSTAGRAM": "instagram",
}
"""The networks, and what the sandbox calls them."""
PATIENCE = 60.0


@dataclass
class RabbitUser:
    """A user with a brand and an account on every network.

    Attributes:
        client: With the cookies of the user's login.
        accounts: The accounts by network, as the app shows them.
        heard: Of which posts it was told that they are published, on which network.
        gaps: How often events may have been missed.
    """

    scene: Scene
    client: httpx2.AsyncClient = field(repr=False)
    brand: str = ""
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    heard: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    gaps: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """Send a request as the user, again after transport errors.

        Raises:
            RuntimeError: The answer is another one.
        """
        return await asked(self.client, method, path, status, **more)

    async def arrive(self) -> None:
        """Register, log in, make a brand and connect an account on every network."""
        run = self.scene.run
        login = {"name": f"user-{run.lower()}", "password": f"correct horse {run}"}
        await self.ask("POST", "/api/register", 201, json=login)
        await self.ask("POST", "/api/login", json=login)
        made = await self.ask("POST", "/api/brands", 201, json={"name": f"Rabbit {run}"})
        self.brand = made["id"]
        for network, platform in NETWORKS.items():
            self.accounts[network] = await self._connect(network, platform)

    async def picture(self) -> str:
        """Upload a picture; return its name."""
        content = io.BytesIO()
        Image.new("RGB", (64, 48), "teal").save(content, "PNG")
        path = f"/api/materials?brandProfileId={self.brand}"
        made = await self.ask("POST", path, 201, content=content.getvalue())
        return str(made["file"])

    async def write(
        self, content: str, *networks: str, media: tuple[str, ...] = (), status: int = 201
    ) -> dict[str, Any]:
        """Write a draft for accounts; return it, or the refusal."""
        new = {
            "brandProfileId": self.brand,
            "content": content,
            "media": media,
            "accountIds": [self.accounts[network]["id"] for network in networks],
        }
        return dict(await self.ask("POST", "/api/posts", status, json=new))

    async def approve(self, post: dict[str, Any]) -> None:
        """Approve a draft."""
        await self.ask("POST", f"/api/posts/{post['id']}/approve", 202)

    async def posts(self) -> list[dict[str, Any]]:
        """Read all posts of the brand."""
        return list(await self.ask("GET", f"/api/posts?brandProfileId={self.brand}&limit=200"))

    async def told(self, count: int) -> None:
        """Wait until so many publications were told, or events may have been missed."""
        while len(self.heard) < count and not self.gaps:
            self._news.clear()
            await self._news.wait()

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Hear the user's events until the block ends; come back after a lost connection."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen(ready))
        try:
            async with asyncio.timeout(PATIENCE):
                await ready.wait()
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _connect(self, network: str, platform: str) -> dict[str, Any]:
        url = f"{self.scene.sandbox}/_sandbox/accounts"
        theirs = await asked(self.client, "POST", url, 201, json={"platform": platform})
        new = {
            "brandProfileId": self.brand,
            "platform": network,
            "userId": theirs["user_id"],
            "accessToken": theirs["access_token"],
            "expiresAt": theirs["expires_at"],
        }
        if network in ("TWITTER", "LINKEDIN"):
            new["refreshToken"] = theirs["refresh_token"]
        return dict(await self.ask("POST", "/api/accounts", 201, json=new))

    async def _listen(self, ready: asyncio.Event) -> None:
        while True:
            try:
                await self._hear(ready)
            except httpx2.TransportError:
                await asyncio.sleep(AGAIN)
            self.gaps += 1
            self._news.set()

    async def _hear(self, ready: asyncio.Event) -> None:
        patient = httpx2.Timeout(10, read=None)
        async with self.client.stream("GET", "/api/events", timeout=patient) as stream:
            kind = ""
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                    self.gaps += kind == "gap"
                    if kind == "listening":
                        ready.set()
                elif line.startswith("data: ") and kind == "posts:published":
                    told = json.loads(line.removeprefix("data: "))
                    self.heard.add((told["postId"], told["platform"]))
                    self._news.set()


@asynccontextmanager
async def rabbit_user(scene: Scene) -> AsyncGenerator[RabbitUser]:
    """Open a client with cookies of its own, which says on which page it is, as browsers do."""
    place = urlsplit(scene.app)
    headers = {"origin": f"{place.scheme}://{place.netloc}"}
    async with httpx2.AsyncClient(base_url=scene.app, headers=headers, timeout=10) as client:
        yield RabbitUser(scene, client)


async def asked(
    client: httpx2.AsyncClient, method: str, path: str, status: int, **more: Any
) -> Any:
    """Send a request, again after transport errors and while something is away.

    Raises:
        RuntimeError: The answer is another one.
        DemoError: There is none.
    """
    answer = await answer_to(client, method, path, **more)
    if answer.status_code != status:
        said = f"{method} {urlsplit(path).path} answered {answer.status_code} instead of {status}"
        raise RuntimeError(f"{said}: {answer.text[:200]}")
    return answer.json() if answer.content else None

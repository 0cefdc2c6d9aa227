"""Rabbit24 as real processes beside a sandbox and a Valkey."""

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from demo.processes import Child, Command, child
from hutch_redis import EmbeddedServer

TOKEN = "the-operators-own-token"


@dataclass(frozen=True)
class Chaos:
    """The running app, and what is done to it."""

    url: str
    sandbox: str
    folder: Path
    redis: EmbeddedServer
    worker: Child
    client: httpx2.AsyncClient
    env: Mapping[str, str]
    brand: str
    account: dict[str, Any]

    async def written(self, content: str) -> dict[str, Any]:
        new = {"brandProfileId": self.brand, "content": content}
        return dict((await self.client.post("/api/posts", json=new)).raise_for_status().json())

    async def approved(self, content: str) -> None:
        post = await self.written(content)
        (await self.client.post(f"/api/posts/{post['id']}/approve")).raise_for_status()

    async def states(self) -> Counter[str]:
        query = {"brandProfileId": self.brand, "limit": "200"}
        posts = (await self.client.get("/api/posts", params=query)).raise_for_status().json()
        return Counter(one["state"] for post in posts for one in post["publications"])

    async def on_x(self) -> Counter[str]:
        state = (await self.client.get(f"{self.sandbox}/_sandbox/state")).json()
        return Counter(post["text"] for post in state["x"]["posts"])

    async def fault(self, fault: str, **more: Any) -> None:
        order = {"platform": "x", "fault": fault} | more
        answer = await self.client.post(f"{self.sandbox}/_sandbox/faults", json=order)
        answer.raise_for_status()

    async def all_published(self, count: int) -> bool:
        return await self.states() == {"PUBLISHED": count}

    @asynccontextmanager
    async def another_worker(self, name: str) -> AsyncIterator[Child]:
        async with child(command(self.folder, name, "worker", self.env)) as worker:
            yield worker


def command(folder: Path, name: str, role: str, env: Mapping[str, str]) -> Command:
    arguments = ["run", "rabbit24", "--role", role]
    return Command(name, folder / f"{name}.log", "hutch", arguments, env)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def environment(folder: Path, redis: str, sandbox: str, port: int) -> dict[str, str]:
    return {
        "REDIS_URL": redis,
        "REDIS_PREFIX": "rabbit24",
        "DATABASE_URL": f"sqlite:///{folder / 'rabbit24.db'}",
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
        "HUTCH_HTTP__PORT": str(port),
        "HUTCH_HTTP__HEALTH_PORT": "0",
        "HUTCH_VAULT__DATA": str(folder),
        "HUTCH_FILES__STORE": str(folder / "files"),
        "HUTCH_PLATFORMS__X_BASE_URL": sandbox,
        "HUTCH_PLATFORMS__X_WEB_URL": sandbox,
        "HUTCH_QUEUE__LEASE": "2",
        "HUTCH_PUBLISHING__SENDING_LEASE": "3",
        "HUTCH_PUBLISHING__SWEEP_AFTER": "2",
    }


async def sandbox_url(log: Path) -> str:
    async with asyncio.timeout(40):
        while not (found := re.search(r"sandbox: (http://\S+)", log.read_text())):
            await asyncio.sleep(0.05)
    return found[1]


async def connected(client: httpx2.AsyncClient, sandbox: str) -> tuple[str, dict[str, Any]]:
    """Make a brand of the operators', with an account on X."""
    brand = (await client.post("/api/brands", json={"name": "House"})).raise_for_status().json()
    theirs = (await client.post(f"{sandbox}/_sandbox/accounts", json={})).json()
    new = {
        "brandProfileId": brand["id"],
        "platform": "TWITTER",
        "userId": theirs["user_id"],
        "accessToken": theirs["access_token"],
        "refreshToken": theirs["refresh_token"],
        "expiresAt": theirs["expires_at"],
    }
    return brand["id"], (await client.post("/api/accounts", json=new)).raise_for_status().json()


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[Chaos]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(EmbeddedServer(tmp_path))
        box = Command("sandbox", tmp_path / "sandbox.log", "kit.sandbox", ["--port", "0"], {})
        sandbox = await sandbox_url((await stack.enter_async_context(child(box))).log)
        port = free_port()
        env = environment(tmp_path, redis.url, sandbox, port)
        await stack.enter_async_context(child(command(tmp_path, "web", "web", env)))
        worker = await stack.enter_async_context(child(command(tmp_path, "worker", "worker", env)))
        url = f"http://127.0.0.1:{port}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        client = httpx2.AsyncClient(base_url=url, headers=headers, timeout=10)
        await stack.enter_async_context(client)
        await until(lambda: is_ready(client), 40)
        brand, account = await connected(client, sandbox)
        yield Chaos(url, sandbox, tmp_path, redis, worker, client, env, brand, account)


async def is_ready(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/health/ready")).status_code == 200
    except httpx2.TransportError:
        return False


async def its(awaited: Awaitable[object], expected: object) -> bool:
    return await awaited == expected


async def until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)

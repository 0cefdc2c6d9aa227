"""Everything the demo runs: Valkey, the sandbox, rabbit24 as web and as worker.

With every backend in memory there is no Valkey, and one process of rabbit24.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from demo.backends import Vacancy, all_in_memory, roles, vacancy
from demo.folder import DemoFolder
from demo.processes import Child, DemoError, child
from hutch_redis import EmbeddedServer

START_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Stack:
    """The running demo.

    Attributes:
        app: Where rabbit24 serves.
        sandbox: Where the sandbox serves.
        token: What operators log in with, made for this run.
        children: The processes.
        redis: The Valkey that this process runs, or what stands in its place.
        env: What rabbit24 is told by its environment.
    """

    app: str
    sandbox: str
    token: str = field(repr=False)
    children: tuple[Child, ...]
    redis: EmbeddedServer | Vacancy = field(repr=False)
    env: Mapping[str, str] = field(repr=False)

    def check(self) -> None:
        """Tell when a process ended.

        Raises:
            DemoError: One did.
        """
        for process in self.children:
            process.check()


@asynccontextmanager
async def started(folder: DemoFolder, port: int, *, memory: bool = False) -> AsyncGenerator[Stack]:
    """Start everything, ready to be used; stop it in reverse.

    Args:
        folder: Where the data lies.
        port: Of the app; 0 takes a free one.
        memory: Whether every backend is in memory.

    Raises:
        DemoError: The port is taken, or a process did not start.
    """
    port = _free_port(port)
    health = _free_port(0)
    token = secrets.token_urlsafe(18)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(_redis(folder, memory=memory))
        box = child("sandbox", folder.log("sandbox"), "kit.sandbox", ["--port", "0"], {})
        sandbox = await stack.enter_async_context(box)
        client = await stack.enter_async_context(httpx2.AsyncClient(timeout=10))
        sandbox_url = await _sandbox_url(sandbox)
        env = {
            "REDIS_URL": redis.url,
            "REDIS_PREFIX": "rabbit24",
            "DATABASE_URL": folder.database,
            "HUTCH_DATABASE__UPGRADE_AT_START": "true",
            "HUTCH_HTTP__HEALTH_PORT": str(health),
            "HUTCH_HTTP__PORT": str(port),
            "HUTCH_AUTH__OPERATOR_TOKEN": token,
            **await _account(client, sandbox_url),
            **(all_in_memory() if memory else {}),
        }
        children = [sandbox]
        for role in roles(env):
            run = child(role, folder.log(role), "hutch", _run(role), env)
            children.append(await stack.enter_async_context(run))
        app = f"http://127.0.0.1:{port}"
        running = Stack(app, sandbox_url, token, tuple(children), redis, env)
        for url in (app, f"http://127.0.0.1:{health}")[: len(roles(env))]:
            await _ready(client, f"{url}/health/ready", running)
        yield running


@asynccontextmanager
async def _redis(folder: DemoFolder, *, memory: bool) -> AsyncGenerator[EmbeddedServer | Vacancy]:
    if memory:
        async with vacancy() as place:
            yield place
    else:
        async with EmbeddedServer(folder.path) as server:
            yield server


def _run(role: str) -> list[str]:
    return ["run", "rabbit24", "--role", role]


def _free_port(port: int) -> int:
    try:
        with socket.create_server(("127.0.0.1", port)) as listener:
            found: int = listener.getsockname()[1]
            return found
    except OSError:
        raise DemoError(
            f"Port {port} is taken: stop what listens there, or choose another: "
            f"./dev demo --port {port + 1}"
        ) from None


async def _sandbox_url(sandbox: Child) -> str:
    async with _patience("the sandbox"):
        while True:
            sandbox.check()
            found = re.search(r"sandbox: (http://\S+)", sandbox.log.read_text())
            if found:
                return found[1]
            await asyncio.sleep(0.05)


async def _account(client: httpx2.AsyncClient, sandbox: str) -> dict[str, str]:
    """Connect an account at the sandbox, as its owner would at X."""
    async with _patience("an account at the sandbox"):
        while True:
            try:
                answer = await client.post(f"{sandbox}/_sandbox/accounts", json={})
            except httpx2.ConnectError:
                await asyncio.sleep(0.05)
                continue
            account = answer.raise_for_status().json()
            return {
                "HUTCH_PLATFORMS__X_BASE_URL": sandbox,
                "HUTCH_PLATFORMS__X_WEB_URL": sandbox,
                "HUTCH_RABBIT24__X_USER_ID": account["user_id"],
                "HUTCH_RABBIT24__X_ACCESS_TOKEN": account["access_token"],
            }


async def _ready(client: httpx2.AsyncClient, url: str, stack: Stack) -> None:
    async with _patience(url):
        while True:
            stack.check()
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _patience(what: str) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(START_SECONDS):
            yield
    except TimeoutError:
        raise DemoError(
            f"{what} was not ready within {START_SECONDS} s; see the logs in the data folder."
        ) from None

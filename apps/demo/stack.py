"""Everything the demo runs: Valkey, the sandbox, and the house as web and as worker.

With every backend in memory there is no Valkey, and one process of the house.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from demo.backends import Vacancy, all_in_memory, roles, vacancy
from demo.folder import DemoFolder
from demo.parts import used
from demo.plays import Play
from demo.processes import Child, Command, DemoError, child, kept_alive
from hutch_redis import EmbeddedServer

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Stack:
    """The running demo.

    Attributes:
        url: Where the house serves.
        sandbox: Where the sandbox serves.
        token: What operators log in with, made for this run.
        children: The processes.
        redis: The Valkey that this process runs, or what stands in its place.
        env: What the house is told by its environment.
    """

    url: str
    sandbox: str
    token: str = field(repr=False)
    children: tuple[Child, ...]
    redis: EmbeddedServer | Vacancy = field(repr=False)
    env: Mapping[str, str] = field(repr=False)

    def deaths(self) -> int:
        """Count the processes that were killed and started again."""
        return sum(process.deaths for process in self.children)

    def check(self) -> None:
        """Tell when a process ended.

        Raises:
            DemoError: One did.
        """
        for process in self.children:
            process.check()


@asynccontextmanager
async def started(
    folder: DemoFolder,
    port: int,
    plays: Sequence[Play],
    told: Callable[[str], None],
    *,
    memory: bool = False,
) -> AsyncGenerator[Stack]:
    """Start everything, ready to be used; stop it in reverse.

    Args:
        folder: Where the data lies.
        port: Of the house; 0 takes a free one.
        plays: Of the apps that run.
        told: Hears when a process was killed and started again.
        memory: Whether every backend is in memory.

    Raises:
        DemoError: The port is taken, or a process did not start.
    """
    port = free_port(port)
    health = free_port(0)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(_redis(folder, memory=memory))
        box = Command("sandbox", folder.log("sandbox"), "kit.sandbox", ["--port", "0"], {})
        sandbox = await stack.enter_async_context(child(box))
        client = await stack.enter_async_context(httpx2.AsyncClient(timeout=10))
        sandbox_url = await _sandbox_url(sandbox)
        token = secrets.token_urlsafe(18)
        env = {
            "REDIS_URL": redis.url,
            "REDIS_PREFIX": "demo",
            "HUTCH_HTTP__HEALTH_PORT": str(health),
            "HUTCH_HTTP__PORT": str(port),
            "HUTCH_AUTH__OPERATOR_TOKEN": token,
            "HUTCH_VAULT__DATA": str(folder.path),
            "HUTCH_DEMO__APPS": ",".join(play.app for play in plays),
            "HUTCH_DEMO__FOLDER": str(folder.path),
            "HUTCH_DEMO__URL": f"http://127.0.0.1:{port}",
            "HUTCH_DEMO__SANDBOX": sandbox_url,
            **used(_shared(sandbox_url, memory=memory), [play.app for play in plays]),
            **await _accounts(plays, sandbox_url, client),
        }
        children = [sandbox]
        for role in roles(env):
            arguments = ["run", "demo.house", "--role", role]
            command = Command(role, folder.log(role), "hutch", arguments, env)
            process = kept_alive(command, told) if role == "worker" else child(command)
            children.append(await stack.enter_async_context(process))
        url = f"http://127.0.0.1:{port}"
        running = Stack(url, sandbox_url, token, tuple(children), redis, env)
        for place in (url, f"http://127.0.0.1:{health}")[: len(roles(env))]:
            await _ready(client, f"{place}/health/ready", running)
        yield running


@asynccontextmanager
async def _redis(folder: DemoFolder, *, memory: bool) -> AsyncGenerator[EmbeddedServer | Vacancy]:
    if memory:
        async with vacancy() as place:
            yield place
    else:
        async with EmbeddedServer(folder.path) as server:
            yield server


def _shared(sandbox: str, *, memory: bool) -> dict[str, str]:
    """Say where the outside world is, all of it at the sandbox, and where the backends are."""
    return {
        **(all_in_memory() if memory else {}),
        "HUTCH_PLATFORMS__X_BASE_URL": sandbox,
        "HUTCH_PLATFORMS__X_WEB_URL": sandbox,
        "HUTCH_PLATFORMS__LINKEDIN_BASE_URL": f"{sandbox}/linkedin",
        "HUTCH_PLATFORMS__LINKEDIN_OAUTH_URL": f"{sandbox}/linkedin/oauth/v2",
        "HUTCH_PLATFORMS__LINKEDIN_WEB_URL": f"{sandbox}/linkedin",
        "HUTCH_PLATFORMS__FACEBOOK_BASE_URL": f"{sandbox}/facebook",
        "HUTCH_PLATFORMS__FACEBOOK_WEB_URL": f"{sandbox}/facebook",
        "HUTCH_PLATFORMS__INSTAGRAM_BASE_URL": f"{sandbox}/instagram",
        "HUTCH_PLATFORMS__WHATSAPP_BASE_URL": f"{sandbox}/whatsapp",
        "HUTCH_MARKETPLACES__EBAY_BASE_URL": sandbox,
        # What the web process signs, the worker has to accept.
        "HUTCH_FILES__LINK_KEY": secrets.token_urlsafe(32),
    }


async def _accounts(
    plays: Sequence[Play], sandbox: str, client: httpx2.AsyncClient
) -> dict[str, str]:
    """Connect accounts at the sandbox, as their owners would.

    Raises:
        DemoError: Two plays want one variable to be different.
    """
    env: dict[str, str] = {}
    for play in plays:
        for name, value in (await play.environment(sandbox, client)).items():
            if env.setdefault(name, value) != value:
                raise DemoError(
                    f"{play.app} wants {name} to be {value!r}, another app {env[name]!r}; run "
                    f"it alone: ./dev demo {play.app}"
                )
    return env


def free_port(port: int) -> int:
    """Take a port, and give it back at once.

    Raises:
        DemoError: It is taken.
    """
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

"""A real server on a free port, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from httpx2 import AsyncClient

from hutch import Module
from hutch.testing import Testing
from hutch.testing import testing as started

Serve = Callable[[Module], AbstractAsyncContextManager["Served"]]


class Server(uvicorn.Server):
    """Says when it listens, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Served:
    port: int
    client: AsyncClient
    app: Testing

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, text: bytes) -> bytes:
        """Send bytes as they are; return everything that comes back."""
        reader, writer = await self.connect()
        writer.write(text)
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        return answer


@asynccontextmanager
async def serving(module: Module) -> AsyncIterator[Served]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    async with started(module) as app:
        server = Server(uvicorn.Config(app.app.http, lifespan="off", log_config=None))
        task = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield Served(port, client, app)
        server.stopping.set()
        await task


@pytest.fixture
def serve() -> Serve:
    return serving

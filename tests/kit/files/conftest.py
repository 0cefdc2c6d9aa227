from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from tests.kit.files.s3 import S3

from kit.sandbox.server import Guest


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """Serve an app on a real socket; yield its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = Guest(uvicorn.Config(app, lifespan="off", log_level="warning", ws="none"))
        task = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


class Swap:
    """An app whose inside each test chooses."""

    app: Any = Starlette()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
async def swap() -> AsyncIterator[tuple[str, Swap]]:
    swap = Swap()
    async with listening(swap) as url:
        yield url, swap


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=5) as client:
        yield client


@pytest.fixture
def s3(swap: tuple[str, Swap]) -> tuple[str, S3]:
    bucket = S3()
    swap[1].app = bucket.app()
    return swap[0], bucket

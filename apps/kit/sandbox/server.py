"""Serve the sandbox on a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from kit.sandbox.app import sandbox_app
from kit.sandbox.lost import HangUpProtocol
from kit.sandbox.state import SandboxState


class Guest(uvicorn.Server):
    """A server in a process that keeps its signals to itself."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def config(state: SandboxState) -> uvicorn.Config:
    """Say how the sandbox is served."""
    return uvicorn.Config(
        sandbox_app(state),
        http=HangUpProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


def listen(host: str, port: int) -> socket.socket:
    """Open the socket to serve on; port 0 takes a free one."""
    listener = socket.create_server((host, port))
    # asyncio sets this on its own sockets only; without it each answer waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@asynccontextmanager
async def serving(state: SandboxState, port: int = 0) -> AsyncIterator[str]:
    """Serve inside this process on loopback; yield the base URL.

    Args:
        state: What the sandbox remembers.
        port: Where; 0 takes a free one.
    """
    listener = listen("127.0.0.1", port)
    guest = Guest(config(state))
    task = asyncio.create_task(guest.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        guest.should_exit = True
        await task

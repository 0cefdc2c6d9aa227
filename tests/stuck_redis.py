"""A Redis that takes commands and is of no use: it hangs, or each reply comes too late."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import unquote, urlsplit

from hutch_redis import EmbeddedServer

WAYS = ("hangs", "is slow")
LATE = 0.5
"""Seconds by which a slow server's replies come late; fast clients give up before."""


class StuckRedis:
    """A server that works until a test lets it get stuck.

    Args:
        server: The server itself.
        way: How it gets stuck, one of ``WAYS``.
        url: Where clients find it.
    """

    def __init__(self, server: EmbeddedServer, way: str, url: str) -> None:
        self.url = url
        self.delay = 0.0
        self._server = server
        self._hangs = way == "hangs"

    @contextmanager
    def stuck(self) -> Iterator[None]:
        """Let it be stuck as long as the block."""
        if self._hangs:
            os.kill(self._server.pid, signal.SIGSTOP)
        else:
            self.delay = LATE
        try:
            yield
        finally:
            os.kill(self._server.pid, signal.SIGCONT)
            self.delay = 0.0


@asynccontextmanager
async def stuck_redis(server: EmbeddedServer, way: str) -> AsyncIterator[StuckRedis]:
    """Prepare a server to get stuck in one of the ``WAYS``; a slow one is behind a proxy."""
    if way == "hangs":
        yield StuckRedis(server, way, server.url)
        return
    address = urlsplit(server.url)
    proxy = _Proxy(unquote(address.path))
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    proxy.found = StuckRedis(server, way, f"redis://:{address.password}@127.0.0.1:{port}")
    try:
        yield proxy.found
    finally:
        listening.close()
        await proxy.close()


class _Proxy:
    """Passes on what clients send at once, and what the server sends after the delay.

    Args:
        path: The server's Unix socket.
    """

    found: StuckRedis

    def __init__(self, path: str) -> None:
        self._path = path
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._path)
        for one in (
            self._pass(reader, inner_writer, late=False),
            self._pass(inner_reader, writer, late=True),
        ):
            task = asyncio.create_task(one)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: bool
    ) -> None:
        try:
            with suppress(ConnectionError):
                while data := await reader.read(65536):
                    if late:
                        await asyncio.sleep(self.found.delay)
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.close()

"""Servers that misbehave, at the edge of the network."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress

import pytest

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve connections on a free loopback port; returns the Redis URL."""
    async with AsyncExitStack() as stack:

        async def start(handle: Handler) -> str:
            async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                with suppress(asyncio.IncompleteReadError, ConnectionError):
                    await handle(reader, writer)
                writer.close()

            server = await asyncio.start_server(guarded, "127.0.0.1", 0)
            stack.callback(server.close)
            return f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"

        yield start


async def read_command(reader: asyncio.StreamReader) -> list[bytes]:
    count = int((await reader.readuntil(b"\r\n"))[1:])
    command: list[bytes] = []
    for _ in range(count):
        size = int((await reader.readuntil(b"\r\n"))[1:])
        command.append((await reader.readexactly(size + 2))[:-2])
    return command


@pytest.fixture
def fake_redis(serve: Serve) -> Callable[[Mapping[str, str]], Awaitable[str]]:
    """A server whose INFO says what the test wants; the mapping may change meanwhile."""

    async def start(info: Mapping[str, str]) -> str:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                name = (await read_command(reader))[0].upper()
                if name == b"INFO":
                    text = "".join(f"{key}:{value}\r\n" for key, value in info.items()).encode()
                    writer.write(b"$%d\r\n%s\r\n" % (len(text), text))
                elif name == b"TIME":
                    seconds = b"%d" % (time.time() + int(info.get("clock", "0")))
                    writer.write(b"*2\r\n$%d\r\n%s\r\n$1\r\n0\r\n" % (len(seconds), seconds))
                else:
                    writer.write(b"+OK\r\n")
                await writer.drain()

        return await serve(handle)

    return start

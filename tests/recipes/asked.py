"""A server that notes who asks it for what, and when."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with the time of this machine's clock."""

    host: str
    path: str
    at: float


@dataclass(frozen=True, slots=True)
class Site:
    """A port of loopback, known as ``127.0.0.1`` and as ``localhost``."""

    port: int
    requests: list[Request] = field(default_factory=list[Request])

    def of(self, host: str) -> list[Request]:
        return [request for request in self.requests if request.host == host]


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Answer every request with 204."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        host = head.lower().partition("\r\nhost: ")[2].partition(":")[0]
        there.requests.append(Request(host, path, time.time()))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        there = Site(server.sockets[0].getsockname()[1])
        yield there

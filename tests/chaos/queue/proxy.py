"""Proxy: carries a process's connections to the server, and cuts them when told."""

from __future__ import annotations

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

Cut = Literal["cut", "hang"]
SCRIPT = b"EVAL"
"""Every transition is a script; a request that waits for work is none."""


@dataclass(slots=True, eq=False)
class Connection:
    """Two streams, and what befalls the next reply."""

    to_client: StreamWriter
    to_server: StreamWriter
    fate: Order | None = None

    def close(self) -> None:
        self.to_client.close()
        self.to_server.close()


@dataclass(slots=True, eq=False)
class Order:
    """To lose the reply to the next script.

    Attributes:
        kind: ``cut`` closes the connection then, ``hang`` leaves it open for ever.
        done: When that happened, by the monotonic clock.
    """

    kind: Cut
    done: asyncio.Future[float]


class Proxy:
    """A way to the server through which one process goes."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._orders: list[Order] = []
        self._open: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in list(self._open):
            connection.close()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def url(self) -> str:
        """Where the server seems to be."""
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def lose_reply(self, kind: Cut, seconds: float = 10) -> float | None:
        """Lose the reply to the next script that is sent; return when, None if none was."""
        order = Order(kind, asyncio.get_running_loop().create_future())
        self._orders.append(order)
        try:
            async with asyncio.timeout(seconds):
                return await order.done
        except TimeoutError:
            return None
        finally:
            if order in self._orders:
                self._orders.remove(order)

    async def _accept(self, from_client: StreamReader, to_client: StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._target)
        except OSError:
            to_client.close()
            return
        connection = Connection(to_client, to_server)
        self._open.add(connection)
        for pump in (
            self._requests(from_client, connection),
            self._replies(from_server, connection),
        ):
            task = asyncio.create_task(pump)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _requests(self, source: StreamReader, connection: Connection) -> None:
        try:
            while data := await source.read(1 << 16):
                if self._orders and connection.fate is None and SCRIPT in data[:64]:
                    connection.fate = self._orders.pop(0)
                connection.to_server.write(data)
                await connection.to_server.drain()
        except OSError:
            pass
        finally:
            self._close(connection)

    async def _replies(self, source: StreamReader, connection: Connection) -> None:
        try:
            while data := await source.read(1 << 16):
                fate = connection.fate
                if fate is None:
                    connection.to_client.write(data)
                    await connection.to_client.drain()
                    continue
                if not fate.done.done():
                    fate.done.set_result(time.monotonic())
                if fate.kind == "cut":
                    return
        except OSError:
            pass
        finally:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.close()

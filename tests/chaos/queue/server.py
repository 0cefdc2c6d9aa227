"""Server: a Valkey on its append-only file, to be killed and started again."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from pathlib import Path

from redis.asyncio import Redis as Client
from redis.exceptions import RedisError
from tests.chaos.queue.processes import start

from hutch_redis.engine import find_engine


class Server:
    """A server on a Unix socket.

    Args:
        folder: Where its data lies.
        fsync: ``always`` or ``everysec``.
    """

    def __init__(self, folder: Path, fsync: str = "always") -> None:
        self.socket = folder / "valkey.sock"
        self._folder = folder
        self._fsync = fsync
        self._process: Process | None = None

    def client(self) -> Client:
        """Make a client that looks past every proxy."""
        return Client(unix_socket_path=str(self.socket))

    async def start(self) -> None:
        """Start it, and wait until it has read its data and answers."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self._folder),
            "save": "",
            "appendonly": "yes",
            "appendfsync": self._fsync,
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        command = [str(find_engine().binary), *words]
        self._process = await start(command, self._folder / "valkey.log")
        async with asyncio.timeout(30), self.client() as client:
            while not await _answers(client):
                assert self._process.returncode is None, "Valkey ended at once"
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Kill it: what it had not handed to the kernel is lost."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def refuse_writes(self, *, refuse: bool = True) -> None:
        """Make it the replica of a server that is not there, as after a failover, or undo that."""
        words = ("127.0.0.1", "1") if refuse else ("NO", "ONE")
        async with self.client() as client:
            await client.replicaof(*words)  # pyright: ignore[reportUnknownMemberType]

    def hang(self) -> None:
        """Stop it without closing a connection."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let a stopped one go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


async def _answers(client: Client) -> bool:
    try:
        await client.ping()  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, OSError):
        return False
    return True

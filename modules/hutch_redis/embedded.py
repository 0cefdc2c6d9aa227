"""The embedded server: a Valkey of its own for an app, a demo or a test."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import structlog
from redis.asyncio import Redis as Client
from redis.exceptions import BusyLoadingError

from hutch_redis.clients import fast_client
from hutch_redis.engine import find_engine
from hutch_redis.errors import EmbeddedError
from hutch_redis.folder import claimed, data_folder, socket_path
from hutch_redis.patience import AWAY
from hutch_redis.supervisor import Supervisor

_log = structlog.get_logger(__name__)


class EmbeddedServer:
    """Run a Valkey or Redis server as long as the ``async with`` block.

    Every write is kept in an append-only file, flushed to disk each second.
    When the server dies it is restarted at the same address with the same data.
    It ends with this process, even when that is killed (on Linux with setpriv).

    Args:
        data: The data lies in ``DATA/ENGINE-MAJOR``, e.g. ``.data/valkey-9``.
        max_memory: In the server's own units, e.g. ``"512mb"``; ``"0"`` is no limit.
            At the limit writes are refused; nothing is ever evicted.
    """

    def __init__(self, data: Path | str = ".data", *, max_memory: str = "1gb") -> None:
        self._data = Path(data)
        self._max_memory = max_memory
        self._password = secrets.token_urlsafe(24)
        self._stack = AsyncExitStack()
        self._socket: Path | None = None
        self._supervisor: Supervisor | None = None

    @property
    def url(self) -> str:
        """The address for ``REDIS_URL``, with the password; it survives restarts."""
        if self._socket is None:
            raise EmbeddedError("the embedded server is not started; use it in `async with`.")
        return f"unix://:{self._password}@{quote(str(self._socket))}"

    @property
    def pid(self) -> int:
        """The server's process id, another one after a restart."""
        if self._supervisor is None:
            raise EmbeddedError("the embedded server is not started; use it in `async with`.")
        return self._supervisor.pid

    async def __aenter__(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            EmbeddedError: No server program, the folder is in use, or its data is
                another engine's.
        """
        async with AsyncExitStack() as stack:
            engine = await asyncio.to_thread(find_engine)
            folder = data_folder(self._data, engine)
            lock = await stack.enter_async_context(claimed(folder))
            self._socket = stack.enter_context(socket_path(folder))
            client = fast_client(self.url, pool_size=1)
            stack.push_async_callback(client.aclose)
            self._supervisor = Supervisor(
                engine.binary,
                self._configuration(folder, self._socket),
                answers=lambda: _answers(client),
                log=folder / "server.log",
                inherit=lock,
            )
            stack.push_async_callback(self._supervisor.stop)
            await self._supervisor.start()
            self._stack = stack.pop_all()
        _log.info("embedded redis runs", engine=str(engine), data=str(folder), pid=self.pid)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def _configuration(self, folder: Path, socket: Path) -> str:
        lines = {
            "port": "0",
            "unixsocket": _quoted(str(socket)),
            "unixsocketperm": "700",
            "requirepass": self._password,
            "dir": _quoted(str(folder)),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": self._max_memory,
            "maxmemory-policy": "noeviction",
            # else a full disk or a vanished folder makes it stay when it is told to end
            "shutdown-on-sigterm": "nosave now force",
            "loglevel": "warning",
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


async def _answers(client: Client) -> bool:
    try:
        await client.ping()  # pyright: ignore[reportUnknownMemberType]
    except BusyLoadingError:
        return True
    except AWAY:
        return False
    return True


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

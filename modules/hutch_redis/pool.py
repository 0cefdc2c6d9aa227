"""Pool: redis-py's connections, of which each caller gets one in turn, or soon none."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError


class Pool(ConnectionPool):
    """Lets callers wait for a connection in turn, unless the server answers nobody.

    As soon as a call on one connection has timed out, all who wait for one fail, too: else each
    row of callers would wait its own time for a server that hangs.

    Args:
        timeout: Seconds that a caller waits for a connection while others use them all.
        options: Those of redis-py's pool, ``max_connections`` among them.
    """

    def __init__(self, *, timeout: float, **options: Any) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]
        self._timeout = timeout
        self._free = asyncio.Semaphore(self.max_connections)
        self._waiting: set[asyncio.Timeout] = set()

    async def get_connection(
        self, command_name: object = None, *keys: object, **options: object
    ) -> Any:
        """Return a connection that is ready to send.

        Raises:
            redis.exceptions.ConnectionError: None was free in time, or a call on one timed out.
        """
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        connection = self.get_available_connection()  # type: ignore[no-untyped-call]
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: Any) -> None:
        """Take a connection back."""
        timed_out, connection.timed_out = connection.timed_out, False
        if timed_out:
            self._give_up()  # before one of them gets this connection
        try:
            await super().release(connection)
        finally:
            self._free.release()

    async def _wait(self) -> None:
        limit = asyncio.timeout(self._timeout)
        self._waiting.add(limit)
        try:
            async with limit:
                await self._free.acquire()
        except TimeoutError:
            raise RedisConnectionError("No connection is free.") from None
        finally:
            self._waiting.discard(limit)

    def _give_up(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._waiting:
            self._waiting.pop().reschedule(now)

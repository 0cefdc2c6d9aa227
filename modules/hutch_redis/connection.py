"""Connection: redis-py's, with cheaper writing and a word for the pool when it times out."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from redis.asyncio.connection import AbstractConnection
from redis.connection import HiredisRespSerializer
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


def lean(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """Make connections of this kind that write with hiredis and without a task for each command.

    redis-py's asyncio ones pack commands in Python, a third of the cost of one with many
    arguments. And they write under ``asyncio.wait_for``, which until Python 3.12 makes a task,
    and drops a cancellation where the write has just ended.
    """
    return cast(type[AbstractConnection], type(f"Lean{kind.__name__}", (_Lean, kind), {}))


class _Lean(AbstractConnection):
    timed_out = False
    """Whether the server has not answered in time; for the pool."""
    _packer: Any = HiredisRespSerializer()
    _writer: Any

    async def connect(self) -> None:
        try:
            await super().connect()  # type: ignore[no-untyped-call]
        except RedisTimeoutError:
            self.timed_out = True
            raise

    def pack_command(self, *args: Any) -> list[bytes]:
        packed: list[bytes] = self._packer.pack(*args)
        return packed

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if not self.is_connected:
            await self.connect_check_health(check_health=False)
        if check_health:
            await self.check_health()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(self.socket_timeout):
                self._writer.writelines(command)
                await self._writer.drain()
        except BaseException as error:
            await self.disconnect(nowait=True)  # half a command may be written
            if isinstance(error, OSError | RuntimeError):  # the latter is uvloop's
                raise self._named(error) from error
            raise

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            inner: Any = super()
            return await inner.read_response(*args, **kwargs)
        except RedisTimeoutError:
            self.timed_out = True
            raise

    def _named(self, error: Exception) -> Exception:
        """Return what redis-py raises for a write that failed."""
        if isinstance(error, TimeoutError):
            self.timed_out = True
            return RedisTimeoutError("Timeout while writing")
        return RedisConnectionError(f"Error while writing: {error}")

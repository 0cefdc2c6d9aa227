"""Publisher: connections that only publish.

A command through redis-py's pool costs nearly twice as much as one on a connection at hand.
"""

from __future__ import annotations

from typing import Any

from hutch_redis import Redis

MOST = 8
"""How many connections there are; with more calls at once the others go through the pool."""


class Publisher:
    """Publishes on connections of its own, that fail as fast as the role's client."""

    def __init__(self, redis: Redis) -> None:
        self._client: Any = redis.pubsub  # its types do not know what is awaited
        self._idle: list[Any] = []
        self._busy = 0

    async def __call__(self, name: str, text: bytes) -> None:
        """Publish once; nothing is sent again.

        Raises:
            redis.exceptions.RedisError: The server is away, or refuses.
        """
        if self._busy >= MOST:
            await self._client.execute_command("PUBLISH", name, text)
            return
        self._busy += 1
        try:
            await self._publish(name, text)
        finally:
            self._busy -= 1

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            await self._idle.pop().disconnect()

    async def _publish(self, name: str, text: bytes) -> None:
        pool = self._client.connection_pool
        connection = self._idle.pop() if self._idle else pool.make_connection()
        try:
            if connection.is_connected and await connection.can_read():
                await connection.disconnect()  # the server has closed it; nothing is lost yet
            await connection.send_command("PUBLISH", name, text)
            await connection.read_response()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._idle.append(connection)

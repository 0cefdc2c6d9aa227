"""Credentials on Redis: a hash for each user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hutch_redis import Redis, load_script
from hutch_session.on_redis import UNABLE, Argument, server_time, unavailable
from hutch_session.stored_credentials import Kept


class RedisCredentials:
    """Keeps records under ``SESSION:{user}``.

    Args:
        redis: Its ``state`` role keeps them.
        clock: The time in microseconds, for tests; else the server's.
    """

    def __init__(self, redis: Redis, clock: Callable[[], Argument] = server_time) -> None:
        self._redis = redis
        self._clock = clock
        self._script = load_script("hutch_session", "credential")

    async def put(self, user: str, sealed: str, lifetime: int) -> Kept:
        """Keep a record."""
        return _kept(await self._run(user, [sealed, lifetime]))

    async def get(self, user: str) -> Kept | None:
        """Return a record that has not ended."""
        fields = await self._run(user, [])
        return _kept(fields) if fields else None

    async def drop(self, user: str) -> bool:
        """Remove a record."""
        try:
            return bool(await self._redis.state.unlink(self._key(user)))
        except UNABLE as error:
            raise unavailable(error) from error

    async def _run(self, user: str, args: Iterable[Argument]) -> Any:
        given = [self._clock(), *args]
        try:
            return await self._script(self._redis.state, [self._key(user)], given)
        except UNABLE as error:
            raise unavailable(error) from error

    def _key(self, user: str) -> str:
        return self._redis.key("SESSION", user)


def _kept(fields: list[bytes]) -> Kept:
    token, connected, expires = fields
    return Kept(token.decode(), int(connected), int(expires))

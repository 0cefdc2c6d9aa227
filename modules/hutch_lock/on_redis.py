"""Claims on Redis: each step is one Lua script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError

from hutch_lock.claims import FENCE, Taken
from hutch_lock.errors import LockUnavailable
from hutch_redis import Redis, Script, load_script

_claim = load_script("hutch_lock", "claim")
_extend = load_script("hutch_lock", "extend")
_finish = load_script("hutch_lock", "finish")
_drop = load_script("hutch_lock", "drop")


class RedisClaims:
    """Holds the claims in Redis, on the server of the state; see ``Claims``."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._fence = redis.key(FENCE)

    def key(self, *parts: str | int) -> str:
        """Build a key under the app's prefix."""
        return self._redis.key(*parts)

    async def claim(self, keys: Sequence[str], value: str, ttl: timedelta) -> int | Taken:
        """Put a value under all keys where none is taken."""
        reply = await self._run(_claim, [self._fence, *keys], value, _ms(ttl))
        if isinstance(reply, bytes):
            return int(reply)
        place, found, left = reply
        text = found.decode(errors="replace")
        return Taken(keys[int(place) - 2], text, timedelta(milliseconds=max(left, 0)))

    async def extend(self, keys: Sequence[str], value: str, ttl: timedelta) -> bool:
        """Let the value run out later."""
        return bool(await self._run(_extend, keys, value, _ms(ttl)))

    async def finish(self, keeps: Mapping[str, timedelta], value: str, done: str) -> bool:
        """Put another value in its place."""
        return bool(await self._run(_finish, [*keeps], value, done, *map(_ms, keeps.values())))

    async def drop(self, keys: Sequence[str], value: str) -> bool:
        """Remove the value."""
        return bool(await self._run(_drop, keys, value))

    async def _run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        try:
            return await script(self._redis.state, keys, args)
        except (RedisError, OSError) as error:
            raise LockUnavailable(
                f"{keys[-1]}: Redis did not do it ({type(error).__name__}), so nothing may begin; "
                "try again when it is back."
            ) from error


def _ms(time: timedelta) -> int:
    return round(time / timedelta(milliseconds=1))

"""Tallies on Redis: a key for each number, on the server of the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis.exceptions import RedisError

from hutch_redis import Redis, load_script
from kit.tallies.errors import TalliesUnavailable
from kit.tallies.port import Name, Step

_advance = load_script("kit.tallies", "advance")


class RedisTallies:
    """Counts in Redis; see ``Tallies``."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._client: Any = redis.state  # its types do not know what is awaited

    async def read(self, names: Sequence[Name]) -> list[int]:
        """Return the numbers, in one round trip."""
        if not names:
            return []
        with _reached():
            found = await self._client.mget([self._redis.key(*name) for name in names])
        return [int(number or 0) for number in found]

    async def mark(self, name: Name) -> str:
        """Return the place of a mark."""
        with _reached():
            found = await self._client.get(self._redis.key(*name))
        return found.decode() if found else ""

    async def advance(self, step: Step) -> bool:
        """Take a step in one script, if the mark is where it begins."""
        keys = [self._redis.key(*name) for name in (step.mark, *step.by)]
        with _reached():
            taken = await _advance(self._client, keys, [step.after, step.to, *step.by.values()])
        return bool(taken)


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise TalliesUnavailable(
            f"counters cannot be reached: Redis did not answer ({type(error).__name__}); is it "
            "away or full?"
        ) from error

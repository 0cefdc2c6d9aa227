"""Claims in memory, for tests and single processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from hutch_lock.claims import Taken
from hutch_redis import Keys

_MANY = 1024


class MemoryClaims:
    """Holds the claims in this process; see ``Claims``.

    Args:
        clock: The time in seconds; it only rises.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._keys = Keys("memory")
        self._values: dict[str, tuple[str, float]] = {}
        self._fence = 0
        self._sweep_at = _MANY

    def key(self, *parts: str | int) -> str:
        """Build a key."""
        return self._keys.key(*parts)

    async def claim(self, keys: Sequence[str], value: str, ttl: timedelta) -> int | Taken:
        """Put a value under all keys where none is taken."""
        for key in keys:
            if found := self._found(key):
                text, end = found
                return Taken(key, text, timedelta(seconds=end - self._clock()))
        self._sweep()
        self._put(dict.fromkeys(keys, ttl), value)
        self._fence += 1
        return self._fence

    async def extend(self, keys: Sequence[str], value: str, ttl: timedelta) -> bool:
        """Let the value run out later."""
        return await self.finish(dict.fromkeys(keys, ttl), value, value)

    async def finish(self, keeps: Mapping[str, timedelta], value: str, done: str) -> bool:
        """Put another value in its place."""
        if not all(self._owned(key, value) for key in keeps):
            return False
        self._put(keeps, done)
        return True

    async def drop(self, keys: Sequence[str], value: str) -> bool:
        """Remove the value."""
        owned = [key for key in keys if self._owned(key, value)]
        for key in owned:
            del self._values[key]
        return len(owned) == len(keys)

    def _found(self, key: str) -> tuple[str, float] | None:
        found = self._values.get(key)
        return found if found and found[1] > self._clock() else None

    def _owned(self, key: str, value: str) -> bool:
        found = self._found(key)
        return found is not None and found[0] == value

    def _put(self, keeps: Mapping[str, timedelta], value: str) -> None:
        now = self._clock()
        for key, keep in keeps.items():
            self._values[key] = value, now + keep.total_seconds()

    def _sweep(self) -> None:
        """Forget what has run out, now and then."""
        if len(self._values) < self._sweep_at:
            return
        now = self._clock()
        self._values = {key: found for key, found in self._values.items() if found[1] > now}
        self._sweep_at = 2 * len(self._values) + _MANY

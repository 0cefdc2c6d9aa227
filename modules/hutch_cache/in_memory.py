"""The memory backend: for tests and single processes."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from hutch_cache.settings import CacheSettings
from hutch_cache.simple_store import SimpleStore


class MemoryStore(SimpleStore):
    """Keeps everything in this process; what was not used for longest goes first.

    Args:
        most: How many values, claims and versions it keeps together.
        clock: Returns seconds.
    """

    def __init__(self, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._items: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        """Return what is under a name and has not expired."""
        found = self._items.get(name)
        if found is None:
            return None
        value, end = found
        if end <= self._clock():
            del self._items[name]
            return None
        self._items.move_to_end(name)
        return value

    def put(self, name: str, value: bytes, seconds: float | None) -> None:
        """Keep a value under a name for so many seconds; None is no limit."""
        self._items[name] = value, math.inf if seconds is None else self._clock() + seconds
        self._items.move_to_end(name)
        if len(self._items) > self._most:
            self._items.popitem(last=False)

    def drop(self, name: str) -> None:
        """Remove what is under a name, if there is something."""
        self._items.pop(name, None)

    def names(self) -> Iterable[str]:
        """List all names."""
        return [name for name in list(self._items) if self.get(name) is not None]


def in_memory(settings: CacheSettings) -> MemoryStore:
    """Return the store of this process."""
    return MemoryStore(most=settings.memory_entries)

"""Stats in memory, for tests and single processes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from hutch_metrics.stats import KEEP, Batch, Key


class MemoryStats:
    """Keeps counts in this process; see ``Stats``.

    Args:
        clock: The time in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._counts: dict[Key, Counter[str]] = {}
        self._ends: dict[Key, float] = {}
        self._numbers: dict[str, int] = {}

    async def add(self, batch: Batch) -> int:
        """Add a batch, unless it was added before."""
        self._forget()
        if batch.number <= self._numbers.get(batch.writer, 0):
            return 0
        self._numbers[batch.writer] = batch.number
        for key, counts in batch.counts.items():
            self._counts.setdefault(key, Counter()).update(counts)
            self._ends[key] = self._clock() + KEEP[key[0]].total_seconds()
        return 0

    async def read(self, keys: Sequence[Key]) -> list[dict[str, int]]:
        """Return the counts of each period."""
        self._forget()
        return [dict(self._counts.get(key, {})) for key in keys]

    def _forget(self) -> None:
        now = self._clock()
        for key in [key for key, end in self._ends.items() if end <= now]:
            del self._counts[key], self._ends[key]

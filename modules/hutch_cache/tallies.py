"""Tallies: the figures of this process, and their sum over all processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict

from hutch_cache.errors import CacheFull
from hutch_cache.stats import CacheStats, Tally
from hutch_cache.store import Store


class Tallies:
    """Counts by namespace, and brings what was counted to the store now and then."""

    def __init__(self, names: Iterable[str], store: Store) -> None:
        self._tallies = {name: Tally() for name in names}
        self._store = store
        self._told: dict[str, int] = {}
        self._telling = asyncio.Lock()

    def of(self, name: str) -> Tally:
        """Return what counts a namespace."""
        return self._tallies[name]

    def here(self) -> dict[str, CacheStats]:
        """Return the figures of this process."""
        return {name: tally.stats() for name, tally in self._tallies.items()}

    async def everywhere(self) -> dict[str, CacheStats]:
        """Return the figures of all processes, after telling those of this one.

        Raises:
            CacheUnavailable: The store did not answer.
        """
        await self.tell()
        counts = await self._store.counts()
        return {
            name: CacheStats(*(counts.get(f"{name}:{kind}", 0) for kind in asdict(CacheStats())))
            for name in self._tallies
        }

    async def tell(self) -> None:
        """Bring what was counted since the last time to the store.

        Raises:
            CacheUnavailable: It did not answer; what was counted is told later.
        """
        async with self._telling:
            if self._now() != self._told:
                # Adding is not safe to do twice. So first see whether the store answers at
                # all; what is lost on the way after that is not told again.
                await self._store.counts()
                await self._tell()

    async def _tell(self) -> None:
        before, self._told = self._told, self._now()
        news = {name: count - before.get(name, 0) for name, count in self._told.items()}
        try:
            await self._store.add({name: count for name, count in news.items() if count})
        except CacheFull:
            self._told = before
            raise

    def _now(self) -> dict[str, int]:
        return {
            f"{name}:{kind}": count
            for name, stats in self.here().items()
            for kind, count in asdict(stats).items()
            if count
        }

"""The cache on a store: what it is made of, whatever the backend."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from hutch_cache.entries import Entries
from hutch_cache.entry import Key
from hutch_cache.errors import CacheUnavailable, InvalidValue
from hutch_cache.flights import Flights
from hutch_cache.keeping import Keeping
from hutch_cache.loading import Loading
from hutch_cache.settings import CacheSettings
from hutch_cache.stats import CacheStats, Tally
from hutch_cache.store import Store
from hutch_cache.tallies import Tallies

T = TypeVar("T")
D = TypeVar("D")


class StoreCache:
    """A ``Cache`` on a ``Store``.

    Args:
        entries: Those of the app.
        store: Keeps their values.
        settings: Of this process.
        clock: Returns seconds since 1970; tells which values are stale.

    Attributes:
        tallies: Count for this process.
    """

    def __init__(
        self,
        entries: Entries,
        store: Store,
        settings: CacheSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.tallies = Tallies(entries.names(), store)
        self._entries = entries
        self._store = store
        self._keeping = Keeping(store, entries, settings, clock)
        self._loads = Flights()
        self._reloads = Flights()

    async def close(self) -> None:
        """Cancel the loads that are under way."""
        await self._reloads.close()
        await self._loads.close()

    @overload
    async def get(self, key: Key[T], /) -> T | None: ...

    @overload
    async def get(self, key: Key[T], default: D, /) -> T | D: ...

    async def get(self, key: Key[Any], default: Any = None, /) -> Any:
        """Return a value that is within its time to live, else the default."""
        tally = self._tally(key)
        try:
            found = await self._keeping.read(key)
        except CacheUnavailable:
            tally.errors += 1
            return default
        if found is None or not found.fresh:
            tally.misses += 1
            return default
        tally.hits += 1
        return found.value

    async def get_or_load(self, key: Key[T], load: Callable[[], Awaitable[T]], /) -> T:
        """Return a value; where there is none, load and keep it."""
        tally = self._tally(key)
        try:
            found = await self._keeping.read(key)
        except CacheUnavailable:
            tally.errors += 1
            return await self._loads.join(key, self._loading(key, load, tally).only)
        if found is None:
            tally.misses += 1
            return await self._loads.join(key, self._loading(key, load, tally).wait_or_load)
        tally.hits += 1
        if not found.fresh:
            self._reloads.begin(key, self._loading(key, load, tally).reload)
        return found.value

    async def set(self, key: Key[T], value: T, /) -> bool:
        """Keep a value; a load of it that is under way will not replace it."""
        tally = self._tally(key)
        if value is None and key.entry.none_expiry is None:
            raise InvalidValue(
                f"{key.entry.name}: None is not kept; give the entry a `negative`, or delete "
                "the key."
            )
        self._forget(lambda other: other == key)
        try:
            return await self._keeping.write(key, value, await self._keeping.versions(key))
        except CacheUnavailable:
            tally.errors += 1
            return False

    async def delete(self, /, *keys: Key[Any]) -> None:
        """Remove values; loads of them that are under way will not be kept."""
        for key in keys:
            self._entries.check(key.entry)
        if keys:
            self._forget(lambda key: key in keys)
            await self._store.delete([key.parts for key in keys])

    async def invalidate(self, /, *tags: str) -> None:
        """Make all values unreadable that have one of these tags."""
        if tags:
            self._forget(lambda key: not set(tags).isdisjoint(key.tags))
            await self._store.bump(tags)

    async def clear(self, name: str, /) -> int:
        """Remove all values of one entry and nothing else; return how many."""
        entry = self._entries.named(name)
        self._forget(lambda key: key.entry is entry)
        return await self._store.clear(entry.first, entry.owns)

    async def stats(self) -> dict[str, CacheStats]:
        """Return the figures of each declared entry, over all processes."""
        return await self.tallies.everywhere()

    def _tally(self, key: Key[Any]) -> Tally:
        self._entries.check(key.entry)
        return self.tallies.of(key.entry.name)

    def _loading(self, key: Key[T], load: Callable[[], Awaitable[T]], tally: Tally) -> Loading[T]:
        return Loading(key, load, self._keeping, self._loads, tally)

    def _forget(self, concerned: Callable[[Key[Any]], bool]) -> None:
        """Detach the loads of this process: who asks from now on must not get their results."""
        self._loads.forget(concerned)
        self._reloads.forget(concerned)

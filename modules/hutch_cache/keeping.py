"""Keeping: the values of entries in a store, with their times and tags."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hutch_cache.entries import Entries
from hutch_cache.entry import Entry, Key
from hutch_cache.settings import CacheSettings
from hutch_cache.shape import Found
from hutch_cache.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keeping:
    """Reads and writes values by their keys; what the store raises passes through.

    Args:
        store: Has them as bytes.
        entries: Those of the app.
        settings: Say how long.
        clock: Returns seconds since 1970.
    """

    store: Store
    entries: Entries
    settings: CacheSettings
    clock: Callable[[], float]

    async def read(self, key: Key[T]) -> Found[T] | None:
        """Read a value; None where there is none that fits."""
        snapshot = await self.store.read(key.parts, key.tags)
        if snapshot.value is None:
            return None
        return key.entry.shape.decode(snapshot.value, snapshot.versions, self.clock())

    async def claim(self, key: Key[T], token: str) -> tuple[bool, Found[T] | None]:
        """Try to become the one who loads a value; then read it."""
        lease = self.settings.lease
        mine, snapshot = await self.store.claim(key.parts, key.tags, token, lease)
        if snapshot.value is None:
            return mine, None
        return mine, key.entry.shape.decode(snapshot.value, snapshot.versions, self.clock())

    async def versions(self, key: Key[T]) -> list[int]:
        """Return the versions that a value has to be stamped with; read them before loading it."""
        if not key.tags:
            return []
        return await self.store.versions(key.tags, self._longest(key.entry))

    async def write(
        self, key: Key[T], value: T, versions: Sequence[int], token: str | None = None
    ) -> bool:
        """Write a value; with a token, only if its claim still holds.

        Raises:
            InvalidValue: It is not of the entry's type.
        """
        entry = key.entry
        fresh = self._varied(entry.none_expiry if value is None else self.entries.expiry(entry))
        grace = 0.0 if value is None else entry.grace
        until = self.clock() + fresh if entry.grace and fresh is not None else None
        data = entry.shape.encode(value, until, versions)
        kept = None if fresh is None else fresh + grace
        return await self.store.write(key.parts, data, kept, token)

    def _varied(self, seconds: float | None) -> float | None:
        if seconds is None:
            return None
        jitter = self.settings.jitter
        return seconds * random.uniform(1 - jitter, 1 + jitter)  # noqa: S311 - no secret

    def _longest(self, entry: Entry[T]) -> float | None:
        """Return how long a value may be kept, counted from before it is loaded."""
        expiry = self.entries.expiry(entry)
        if expiry is None:
            return None
        longest = max(expiry, entry.none_expiry or 0) * (1 + self.settings.jitter)
        return longest + entry.grace + self.settings.lease

"""What the contract works with: entries of each kind, loaders that can be held, a clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from hutch_cache.entries import Entries
from hutch_cache.entry import Entry, Key
from hutch_cache.settings import CacheSettings
from hutch_cache.store import Store
from hutch_cache.store_cache import StoreCache

T = TypeVar("T")


class Item(BaseModel):
    """Something to keep."""

    id: int
    name: str


ITEM = Entry("item", Item, ttl="1h")
NEW_ITEM = Entry("item", Item, ttl="1h", version=2)
LIST = Entry("list", list[Item], ttl=None, tags=("all", "list:{id}"))
FLAG = Entry("flag", bool, ttl="5m", at="cache:flag:{id}:valid")
PAGE = Entry("page", tuple[int, dict[str, float]], ttl="1d", at="page:recent")
SHORT = Entry("short", Item | None, ttl=timedelta(seconds=0.05))
FADING = Entry("fading", Item | None, ttl="10m", stale="1h", tags=("fading",))
STALE = Entry("stale", Item | None, ttl="10m", stale="1h", negative="30s")
CUP = Item(id=1, name="cup")
POT = Item(id=2, name="pot")
ALL: tuple[Entry[Any], ...] = (ITEM, LIST, FLAG, PAGE, SHORT, FADING, STALE)


@dataclass
class Clock:
    """A clock that stands until somebody moves it."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self.now


@dataclass
class Loader(Generic[T]):
    """Loads a value, counts how often, and waits for its gate if it is told to."""

    value: T
    waits: bool = False
    error: Exception | None = None
    calls: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> T:
        """Load it."""
        self.calls += 1
        self.begun.set()
        if self.waits:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.value

    async def begun_now(self) -> bool:
        """Tell whether it was called."""
        return self.begun.is_set()


@dataclass
class Lab:
    """A cache as one process has it."""

    cache: StoreCache
    clock: Clock

    async def missed(self) -> bool:
        """Tell whether somebody looked for an item that was not there."""
        return self.cache.tallies.of("item").misses > 0


@asynccontextmanager
async def lab(store: Store, *entries: Entry[Any]) -> AsyncIterator[Lab]:
    """Open a cache on the store, as one process of many; with all entries unless some are given."""
    settings = CacheSettings(jitter=0)
    clock = Clock()
    cache = StoreCache(Entries(entries or ALL, settings), store, settings, clock)
    try:
        yield Lab(cache, clock)
    finally:
        await cache.close()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: It does not within that time.
    """
    end = time.monotonic() + seconds
    while not await holds():
        if time.monotonic() > end:
            raise AssertionError(f"{holds.__name__} does not hold after {seconds} s")
        await asyncio.sleep(0.005)


async def error_of(error: type[Exception], waiting: Awaitable[Any]) -> str:
    """Check that awaiting it fails with this error; return the message."""
    try:
        await waiting
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")


async def values(here: Lab, *keys: Key[Any]) -> list[Any]:
    """Get the values of these keys."""
    found: list[Any] = []
    for key in keys:
        found.append(await here.cache.get(key))
    return found

"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, overload

from hutch_cache.entry import Key
from hutch_cache.stats import CacheStats

T = TypeVar("T")
D = TypeVar("D")


class Cache(Protocol):
    """Keeps values that can be had again. One for all entries.

    While the backend is away or full, values are loaded as if there were no cache.
    """

    @overload
    async def get(self, key: Key[T], /) -> T | None: ...

    @overload
    async def get(self, key: Key[T], default: D, /) -> T | D: ...

    async def get(self, key: Key[Any], default: Any = None, /) -> Any:
        """Return a value that is within its time to live, else the default.

        Raises:
            UnknownEntry: No module declares the key's entry.
        """
        ...

    async def get_or_load(self, key: Key[T], load: Callable[[], Awaitable[T]], /) -> T:
        """Return a value; where there is none, load and keep it.

        Of all who ask at once, in whatever process, one calls ``load``; it runs in a task
        of its own, and what it raises is raised to all who wait in its process.

        Args:
            key: E.g. ``brands.key(brand_id)``.
            load: Called without arguments; must not need what ends with the caller, such as
                a request's database session.

        Raises:
            UnknownEntry: No module declares the key's entry.
            InvalidValue: What was loaded is not of the entry's type.
        """
        ...

    async def set(self, key: Key[T], value: T, /) -> bool:
        """Keep a value; a load of it that is under way will not replace it.

        Returns:
            False where the backend was away or full.

        Raises:
            UnknownEntry: No module declares the key's entry.
            InvalidValue: The value is not of the entry's type, or is None and the entry
                has no ``negative``.
        """
        ...

    async def delete(self, /, *keys: Key[Any]) -> None:
        """Remove values; loads of them that are under way will not be kept.

        Raises:
            UnknownEntry: No module declares a key's entry; nothing is removed.
            CacheUnavailable: The backend did not answer; the values may still be there.
        """
        ...

    async def invalidate(self, /, *tags: str) -> None:
        """Make all values unreadable that have one of these tags, e.g. ``"brand:7"``.

        Loads of them that are under way will not be kept.

        Raises:
            InvalidKey: A tag is empty.
            CacheUnavailable: The backend did not answer; the values may still be read.
        """
        ...

    async def clear(self, name: str, /) -> int:
        """Remove all values of one entry and nothing else; return how many.

        Raises:
            UnknownEntry: No module declares it.
            CacheUnavailable: The backend did not answer; some may be removed.
        """
        ...

    async def stats(self) -> dict[str, CacheStats]:
        """Return the figures of each declared entry, over all processes.

        Raises:
            CacheUnavailable: The backend did not answer.
        """
        ...

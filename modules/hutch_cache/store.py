"""The store: what a backend does. Each method is one atomic step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hutch_cache.template import Parts


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a store has at one moment.

    Attributes:
        value: What was written under the key, None where there is nothing.
        versions: Those of the tags, in their order; None where a tag has none.
    """

    value: bytes | None
    versions: Sequence[int | None] = ()


class Store(Protocol):
    """Keeps bytes under keys, versions under tags, and claims of those who load a value.

    Keys come by their parts. Every method raises ``CacheUnavailable`` when the
    backend does not answer, and ``CacheFull`` when it is full. Anything may be evicted at any time.
    """

    async def read(self, key: Parts, tags: Sequence[str]) -> Snapshot:
        """Return what is under the key, and the tags' versions."""
        ...

    async def claim(
        self, key: Parts, tags: Sequence[str], token: str, seconds: float
    ) -> tuple[bool, Snapshot]:
        """Take the claim on a key unless somebody has it; then read.

        Args:
            key: What is to be loaded.
            tags: Those whose versions are read.
            token: Unique for each try to load.
            seconds: After which the claim ends by itself.

        Returns:
            Whether it was taken, and what is there.
        """
        ...

    async def release(self, key: Parts, token: str, *, with_value: bool = False) -> None:
        """Give the claim back, if it is still this token's.

        Args:
            key: What was to be loaded.
            token: As it was claimed with.
            with_value: Then remove the value, too.
        """
        ...

    async def versions(self, tags: Sequence[str], seconds: float | None) -> list[int]:
        """Return the tags' versions; one that is missing becomes a number never used before.

        Args:
            tags: At least one.
            seconds: How long they are needed at least; None is for ever.
        """
        ...

    async def write(
        self, key: Parts, value: bytes, seconds: float | None, token: str | None = None
    ) -> bool:
        """Write a value and end the claim on its key, whosever it is.

        Args:
            key: Where.
            value: What.
            seconds: How long it is kept; None is no limit.
            token: Write only if the claim is still this token's.

        Returns:
            Whether it was written.
        """
        ...

    async def delete(self, keys: Sequence[Parts]) -> None:
        """Remove what is under the keys, and the claims on them."""
        ...

    async def bump(self, tags: Sequence[str]) -> None:
        """Change the tags' versions to ones never used before, or remove them."""
        ...

    async def clear(self, first: Parts, matches: Callable[[Parts], bool]) -> int:
        """Remove the values, and the claims, of all keys that match; return how many values.

        It need not be atomic.

        Args:
            first: The parts that all of these keys begin with.
            matches: Tells by a key's parts.
        """
        ...

    async def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counters of these names."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Return all counters."""
        ...

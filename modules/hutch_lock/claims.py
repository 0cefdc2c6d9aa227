"""Claims: values under keys that only who put them there can change, until they run out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

FENCE = "fence"
"""The key of the last number that ``claim`` returned; nobody can claim it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A key that is claimed already.

    Attributes:
        key: Which.
        value: What stands there.
        left: How long it will, if nobody extends it.
    """

    key: str
    value: str
    left: timedelta


class Claims(Protocol):
    """What locks and ``Once`` need of a server. Each method is one step.

    All raise ``LockUnavailable`` when the server does not do it.
    """

    def key(self, *parts: str | int) -> str:
        """Build a key.

        Raises:
            InvalidKey: A part cannot be used.
        """
        ...

    async def claim(self, keys: Sequence[str], value: str, ttl: timedelta) -> int | Taken:
        """Put a value under all keys where none is taken.

        Returns:
            A number larger than all before, or the first key that is taken.
        """
        ...

    async def extend(self, keys: Sequence[str], value: str, ttl: timedelta) -> bool:
        """Let the value run out later; False where it stands no more under every key."""
        ...

    async def finish(self, keeps: Mapping[str, timedelta], value: str, done: str) -> bool:
        """Put another value in its place, each for its time; False as with ``extend``."""
        ...

    async def drop(self, keys: Sequence[str], value: str) -> bool:
        """Remove the value; False where it stood no more under every key."""
        ...

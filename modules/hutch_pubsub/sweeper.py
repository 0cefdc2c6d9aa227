"""Sweeper: now and then, throws away what is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")

FEWEST = 1000
"""So many calls are between two looks at least."""


class Sweeper:
    """Keeps a dict from growing for ever, at a constant cost for each value that is put in."""

    def __init__(self) -> None:
        self._calls = FEWEST

    def sweep(self, kept: dict[str, V], over: Callable[[V], bool]) -> None:
        """Throw away what is over, where it was called as often as there are values."""
        self._calls -= 1
        if self._calls > 0:
            return
        for name in [name for name, value in kept.items() if over(value)]:
            del kept[name]
        self._calls = max(FEWEST, len(kept))

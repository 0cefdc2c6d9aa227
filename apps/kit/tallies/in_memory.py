"""Tallies in memory, for tests and single processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kit.tallies.port import Name, Step


class MemoryTallies:
    """Counts in this process; see ``Tallies``."""

    def __init__(self) -> None:
        self._counts = Counter[Name]()
        self._marks: dict[Name, str] = {}

    async def read(self, names: Sequence[Name]) -> list[int]:
        """Return the numbers."""
        return [self._counts[name] for name in names]

    async def mark(self, name: Name) -> str:
        """Return the place of a mark."""
        return self._marks.get(name, "")

    async def advance(self, step: Step) -> bool:
        """Take a step, if the mark is where it begins."""
        if self._marks.get(step.mark, "") != step.after:
            return False
        self._counts.update(step.by)
        self._marks[step.mark] = step.to
        return True

"""Tallies in memory, for tests and single processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hutch_redis import Keys
from kit.tallies.port import Name, Step

# A name that Redis would refuse is refused here too.
_key_of = Keys("memory").key


class MemoryTallies:
    """Counts in this process; see ``Tallies``."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._marks: dict[str, str] = {}

    async def read(self, names: Sequence[Name]) -> list[int]:
        """Return the numbers."""
        return [self._counts[_key_of(*name)] for name in names]

    async def mark(self, name: Name) -> str:
        """Return the place of a mark."""
        return self._marks.get(_key_of(*name), "")

    async def advance(self, step: Step) -> bool:
        """Take a step, if the mark is where it begins."""
        mark, by = _key_of(*step.mark), {_key_of(*name): more for name, more in step.by.items()}
        if self._marks.get(mark, "") != step.after:
            return False
        self._counts.update(by)
        self._marks[mark] = step.to
        return True

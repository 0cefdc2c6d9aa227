"""The verdict: what there should be, and what there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes:
        what: What was counted.
        expected: How many there should be.
        found: How many there are.
        missing: Which ones are wrong, where that can be told.
    """

    what: str
    expected: int
    found: int
    missing: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return self.found == self.expected

"""Tally: what came of locks and claims in this process, for those who watch it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from hutch.contributions import Reading

HELP = {
    "hutch_lock_total": "Attempts to hold a lock by what came of them.",
    "hutch_once_total": "Work that is to be done once by what came of it.",
}
_OUTCOMES = {
    "lock": ("held", "taken", "lost", "unavailable"),
    "once": ("done", "repeated", "in_progress", "other", "failed", "unavailable"),
}


class Tally:
    """Counts in this process."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, what: Literal["lock", "once"], outcome: str) -> None:
        """Count one."""
        self._counts[what, outcome] += 1

    def readings(self) -> Iterable[Reading]:
        """Return all counts, those that are zero too."""
        return [
            Reading(f"hutch_{what}_total", self._counts[what, outcome], (("outcome", outcome),))
            for what, outcomes in _OUTCOMES.items()
            for outcome in outcomes
        ]


async def read_tally(tally: Tally) -> Iterable[Reading]:
    """Read the counts."""
    return tally.readings()

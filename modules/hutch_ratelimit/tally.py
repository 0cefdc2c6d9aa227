"""Tally: what the limiter of this process decided, for those who watch it."""

from __future__ import annotations

from collections.abc import Iterable

from hutch.contributions import Reading
from hutch_ratelimit.decision import Decision

HELP = {
    "hutch_ratelimit_decisions_total": "Calls of this process to the limiter by how they ended.",
}


class Tally:
    """Counts calls: allowed, refused, or away when a limit's ``away`` decided."""

    __slots__ = ("allowed", "away", "refused")

    def __init__(self) -> None:
        self.allowed = 0
        self.refused = 0
        self.away = 0

    def add(self, decision: Decision) -> None:
        """Count a decision."""
        if decision.away:
            self.away += 1
        elif decision.allowed:
            self.allowed += 1
        else:
            self.refused += 1


async def read_tally(tally: Tally) -> Iterable[Reading]:
    """Read the figures."""
    name = "hutch_ratelimit_decisions_total"
    return [
        Reading(name, getattr(tally, outcome), (("outcome", outcome),))
        for outcome in ("allowed", "refused", "away")
    ]

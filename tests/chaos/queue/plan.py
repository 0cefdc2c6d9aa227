"""Plan: how much is done, and which faults fall when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["kill", "term", "stop short", "stop long", "cut", "hang", "producer cut", "server"]

FULL = 100_000
"""Jobs of a full run; a shorter one has as many faults less."""
LEAST: dict[Kind, int] = {
    "kill": 40,
    "term": 40,
    "stop short": 40,
    "stop long": 40,
    "cut": 40,
    "hang": 20,
    "producer cut": 20,
    "server": 10,
}
"""Faults that a full run must have had."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        jobs: How many are acknowledged in all.
        rate: How many are enqueued a second.
        workers: How many processes run them.
        lease: Seconds.
        grace: Seconds.
        fsync: How Valkey writes its file: ``always`` or ``everysec``.
    """

    jobs: int = FULL
    rate: float = 150
    workers: int = 4
    lease: float = 5
    grace: float = 10
    fsync: str = "always"
    seed: int = 1

    @property
    def seconds(self) -> float:
        """How long it is enqueued for."""
        return self.jobs / self.rate

    def least(self) -> dict[Kind, int]:
        """How many faults of each kind there must be."""
        share = self.jobs / FULL
        return {kind: max(1, int(count * share)) for kind, count in LEAST.items()}

    def faults(self) -> list[tuple[float, Kind]]:
        """Draw the seconds at which faults begin, some more than are needed."""
        draw = random.Random(self.seed)
        first, last = 1.0, max(2.0, self.seconds - 2)
        found: list[tuple[float, Kind]] = []
        for kind, count in self.least().items():
            planned = count + max(1, count // 10)
            width = (last - first) / planned
            found.extend((first + width * (i + draw.random()), kind) for i in range(planned))
        return sorted(found)

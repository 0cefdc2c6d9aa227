"""Mix: which job is the n-th, and what shall become of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "plain", "retried", "dies", "delayed", "first", "twice", "snoozed", "aborted", "chain", "group"
]
WEIGHTS: dict[Kind, int] = {
    "plain": 860,
    "retried": 40,
    "delayed": 30,
    "first": 20,
    "dies": 10,
    "twice": 10,
    "snoozed": 10,
    "aborted": 8,
    "chain": 8,
    "group": 4,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What a producer does at one moment.

    Attributes:
        ms: How long a job takes.
        delay: Seconds until it may run.
    """

    kind: Kind
    ms: int
    delay: float


def planned(seed: int, number: int) -> Planned:
    """Draw the n-th; the same for the same seed."""
    draw = random.Random(f"{seed} {number}")
    [kind] = draw.choices(list(WEIGHTS), list(WEIGHTS.values()))
    return Planned(kind, draw.randrange(101), draw.uniform(0.2, 3))

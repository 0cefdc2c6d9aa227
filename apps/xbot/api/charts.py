"""Charts: what stands where in a drawing, in the units of its viewBox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xbot.schemas import BeliefView

WIDTH = 400
HEIGHT = 160
ROW = 24
LABELS = 130
"""How much of the width the names of a chart of ranges take."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, and what stands below it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Range:
    """A line from the low to the high end, and a point at the mean."""

    y: float
    low: float
    mean: float
    high: float
    belief: BeliefView


def bars(values: Sequence[tuple[str, int]]) -> list[Bar]:
    """Draw numbers side by side; the largest one fills the height."""
    most = max((value for _, value in values), default=0) or 1
    step = WIDTH / max(len(values), 1)
    return [
        Bar(
            round(at * step + step * 0.15, 1),
            round(HEIGHT * (1 - value / most), 1),
            round(step * 0.7, 1),
            round(HEIGHT * value / most, 1),
            label,
            value,
        )
        for at, (label, value) in enumerate(values)
    ]


def ranges(beliefs: Sequence[BeliefView]) -> list[Range]:
    """Draw beliefs one below the other, from 0 on the left to 1 on the right."""

    def place(share: float) -> float:
        return round(LABELS + (WIDTH - LABELS - 8) * share, 1)

    return [
        Range(ROW * at + ROW / 2, place(b.low), place(b.mean), place(b.high), b)
        for at, b in enumerate(beliefs)
    ]

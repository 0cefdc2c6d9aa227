"""Took: what a token took in the memory backend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Took:
    """What one call with a token took.

    Attributes:
        cost: How many units from each counter.
        until: The time in microseconds from which on none of the counters holds them.
        marks: By what each counter knows its share; see ``Cell.mark``.
    """

    cost: int
    until: int
    marks: tuple[int, ...]

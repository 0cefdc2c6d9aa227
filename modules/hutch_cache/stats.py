"""Figures: how often what was asked for was there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What happened in one namespace.

    Attributes:
        hits: Values found, stale ones included.
        misses: Look-ups that found none.
        errors: Look-ups and writes that failed, since the backend was away or full.
    """

    hits: int = 0
    misses: int = 0
    errors: int = 0

    @property
    def hit_rate(self) -> float:
        """The share of hits among hits and misses in percent; 0 where there are neither."""
        asked = self.hits + self.misses
        return 100 * self.hits / asked if asked else 0.0


class Tally:
    """Counts one namespace in this process."""

    __slots__ = ("errors", "hits", "misses")

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self.errors = 0

    def stats(self) -> CacheStats:
        """Return the figures so far."""
        return CacheStats(self.hits, self.misses, self.errors)

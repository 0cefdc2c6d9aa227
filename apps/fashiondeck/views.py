"""What operators are shown: the catalogue, the queues, the caches and the insights."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from fashiondeck.models import Insight, Refreshed
from hutch_queue import QueueStats
from kit.payloads import Payload


class QueueCounts(Payload):
    """How many jobs a queue has in each state; waiting are those that are due later, too."""

    waiting: int
    active: int
    completed: int
    failed: int

    @classmethod
    def of(cls, stats: QueueStats) -> Self:
        """Show a queue's figures."""
        return cls(
            waiting=stats.waiting + stats.delayed + stats.paused,
            active=stats.active,
            completed=stats.completed,
            failed=stats.failed,
        )


class ShelfView(Payload):
    """A category of a marketplace: what is there, and its last refresh."""

    marketplace: str
    category: str
    products: int
    embedded: int
    refreshed_at: datetime | None = None
    seen: int | None = None
    added: int | None = None
    changed: int | None = None
    gone: int | None = None

    @classmethod
    def of(cls, shelf: tuple[str, str], counts: tuple[int, int], last: Refreshed | None) -> Self:
        """Show what is there beside the last refresh."""
        told: dict[str, Any] = {}
        if last is not None:
            told = {name: getattr(last, name) for name in ("seen", "added", "changed", "gone")}
            told["refreshed_at"] = last.ended_at
        return cls(
            marketplace=shelf[0],
            category=shelf[1],
            products=counts[0],
            embedded=counts[1],
            **told,
        )


class CatalogueView(Payload):
    """All that is for sale, and how much of it has a vector."""

    products: int
    embedded: int
    shelves: list[ShelfView]


class QueryCount(Payload):
    """A query, and how often it was made."""

    query: str
    searches: int


class InsightView(Payload):
    """What the searches of one day tell."""

    day: date
    made_at: datetime
    searches: int
    queries: int
    hits: int
    hit_rate: float
    empty: int
    top: list[QueryCount]
    unanswered: list[QueryCount]

    @classmethod
    def of(cls, insight: Insight) -> Self:
        """Show a row."""
        return cls(
            day=insight.day,
            made_at=insight.made_at,
            searches=insight.searches,
            queries=insight.queries,
            hits=insight.hits,
            hit_rate=round(100 * insight.hits / insight.searches, 1) if insight.searches else 0.0,
            empty=insight.empty,
            **insight.top,
        )


class CacheView(Payload):
    """The figures of one cache, over all processes; the rate is in percent."""

    cache: str
    hits: int
    misses: int
    errors: int
    hit_rate: float

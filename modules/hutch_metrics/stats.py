"""Stats: where the counts of days and hours are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

Kind = Literal["daily", "hourly"]
Key = tuple[Kind, str]
"""A period, e.g. ``("daily", "2024-01-15")``."""

KEEP: Mapping[Kind, timedelta] = {"daily": timedelta(days=7), "hourly": timedelta(hours=48)}
"""How long a period is kept after its last count."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Counts that are written in one step.

    Attributes:
        writer: The process.
        number: Rises with each of its batches, so that one is not counted twice.
        counts: By how much each name of each period rises.
    """

    writer: str
    number: int
    counts: Mapping[Key, Mapping[str, int]]


class Stats(Protocol):
    """Keeps counts. Both methods raise ``MetricsUnavailable`` when the server does not answer."""

    async def add(self, batch: Batch) -> int:
        """Add a batch, unless it was added before.

        Returns:
            How many of its counts could not be added, since something else stands there.
        """
        ...

    async def read(self, keys: Sequence[Key]) -> list[dict[str, int]]:
        """Return the counts of each period."""
        ...

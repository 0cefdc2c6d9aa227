"""The port: what users inject."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from hutch_metrics.instruments import Counter, Gauge, Histogram


class Metrics(Protocol):
    """Takes figures. ``count`` is for days and hours, the instruments are for Prometheus.

    What takes a figure never waits and never fails for the server's sake.
    """

    def count(self, name: str, by: int = 1) -> None:
        """Count something in this hour and this day of UTC, for all processes together.

        Args:
            name: What is counted, e.g. ``"posts"``; up to 200 characters.
            by: How many; from 1.

        Raises:
            InvalidInstrument: The name or the number cannot be used.
        """
        ...

    async def flush(self) -> None:
        """Write what was counted here now; the app does so every second, and when it stops.

        Raises:
            MetricsUnavailable: The server did not answer; the counts are kept.
        """
        ...

    async def daily(self, day: date | None = None) -> dict[str, int]:
        """Return the counts of a day of UTC, by default today's. They are kept for 7 days.

        Raises:
            MetricsUnavailable: The server did not answer.
        """
        ...

    async def hourly(self, hour: datetime | None = None) -> dict[str, int]:
        """Return the counts of the hour that a moment is in, by default this one.

        They are kept for 48 hours.

        Raises:
            InvalidPeriod: The moment has no time zone.
            MetricsUnavailable: The server did not answer.
        """
        ...

    async def days(self, first: date, last: date) -> dict[date, dict[str, int]]:
        """Return the counts of each day, both ends included, in one step.

        Raises:
            InvalidPeriod: The last is before the first, or they are more than 1,000.
            MetricsUnavailable: The server did not answer.
        """
        ...

    async def hours(self, first: datetime, last: datetime) -> dict[datetime, dict[str, int]]:
        """Return the counts of each hour, both ends included, in one step.

        Raises:
            InvalidPeriod: A moment has no time zone, the last is before the first, or they are
                more than 1,000.
            MetricsUnavailable: The server did not answer.
        """
        ...

    def add(self, counter: Counter, by: float = 1, /, **labels: str) -> None:
        """Let a counter of this process rise.

        Raises:
            InvalidInstrument: The labels are not the counter's, or it would fall.
        """
        ...

    def set(self, gauge: Gauge, value: float, /, **labels: str) -> None:
        """Set a gauge of this process.

        Raises:
            InvalidInstrument: The labels are not the gauge's.
        """
        ...

    def observe(self, histogram: Histogram, value: float, /, **labels: str) -> None:
        """Add a value to a histogram of this process.

        Raises:
            InvalidInstrument: The labels are not the histogram's, or the value is no number.
        """
        ...

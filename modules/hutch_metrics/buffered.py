"""The metrics behind the port: counts collected in the process, written now and then."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime

import structlog

from hutch.contributions import Reading
from hutch_metrics.buffer import Buffer
from hutch_metrics.errors import MetricsUnavailable
from hutch_metrics.figures import Figures
from hutch_metrics.instruments import Counter, Gauge, Histogram
from hutch_metrics.periods import day_name, days_between, hour_name, hours_between, whole_hour
from hutch_metrics.settings import MetricsSettings
from hutch_metrics.stats import Batch, Stats

_log = structlog.get_logger(__name__)


class BufferedMetrics:
    """Takes figures; see ``Metrics``.

    Args:
        stats: Where the counts go.
        settings: How long and how many are collected.
        clock: The time in seconds since 1970.
    """

    def __init__(
        self, stats: Stats, settings: MetricsSettings, clock: Callable[[], float] = time.time
    ) -> None:
        self._stats = stats
        self._clock = clock
        self._buffer = Buffer(secrets.token_hex(8), settings.buffer, clock)
        self._figures = Figures()
        self._writing = asyncio.Lock()
        self._unwritten: Batch | None = None
        self._is_away = False
        self._refused = 0

    @property
    def dropped(self) -> int:
        """How many counts and values were dropped."""
        return self._buffer.dropped + self._figures.dropped + self._refused

    def count(self, name: str, by: int = 1) -> None:
        """Count something in this hour and this day; see ``Metrics.count``."""
        self._buffer.count(name, by)

    async def flush(self) -> None:
        """Write what was counted; see ``Metrics.flush``."""
        async with self._writing:
            while batch := self._unwritten or self._buffer.take():
                # Kept as it is until the server says it has it: it may have it already.
                self._unwritten = batch
                self._refused += await self._stats.add(batch)
                self._unwritten = None

    async def daily(self, day: date | None = None) -> dict[str, int]:
        """Return the counts of a day; see ``Metrics.daily``."""
        day = self._now().date() if day is None else day
        return (await self.days(day, day))[day]

    async def hourly(self, hour: datetime | None = None) -> dict[str, int]:
        """Return the counts of an hour; see ``Metrics.hourly``."""
        begin = whole_hour(hour or self._now())
        return (await self.hours(begin, begin))[begin]

    async def days(self, first: date, last: date) -> dict[date, dict[str, int]]:
        """Return the counts of each day; see ``Metrics.days``."""
        days = days_between(first, last)
        found = await self._stats.read([("daily", day_name(day)) for day in days])
        return dict(zip(days, found, strict=True))

    async def hours(self, first: datetime, last: datetime) -> dict[datetime, dict[str, int]]:
        """Return the counts of each hour; see ``Metrics.hours``."""
        hours = hours_between(first, last)
        found = await self._stats.read([("hourly", hour_name(hour)) for hour in hours])
        return dict(zip(hours, found, strict=True))

    def add(self, counter: Counter, by: float = 1, /, **labels: str) -> None:
        """Let a counter rise; see ``Metrics.add``."""
        self._figures.add(counter, by, labels)

    def set(self, gauge: Gauge, value: float, /, **labels: str) -> None:
        """Set a gauge; see ``Metrics.set``."""
        self._figures.set(gauge, value, labels)

    def observe(self, histogram: Histogram, value: float, /, **labels: str) -> None:
        """Add a value to a histogram; see ``Metrics.observe``."""
        self._figures.observe(histogram, value, labels)

    def readings(self) -> Iterable[Reading]:
        """Return the figures of this process."""
        return [
            *self._figures.readings(),
            Reading("hutch_metrics_buffered", len(self._buffer)),
            Reading("hutch_metrics_dropped_total", self.dropped),
        ]

    async def keep_writing(self, interval: float) -> None:
        """Write what was counted every few seconds."""
        while True:
            await asyncio.sleep(interval)
            try:
                await self.flush()
            except MetricsUnavailable as error:
                self._tell(away=True, reason=str(error))
            else:
                self._tell(away=False)

    async def close(self) -> None:
        """Write what is left."""
        try:
            await self.flush()
        except MetricsUnavailable as error:
            _log.warning("counts are lost at the stop", names=len(self._buffer), reason=str(error))

    def _tell(self, *, away: bool, reason: str = "") -> None:
        if away != self._is_away:
            self._is_away = away
            if away:
                _log.warning("counts cannot be written", reason=reason)
            else:
                _log.info("counts are written again", dropped=self.dropped)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


async def open_metrics(stats: Stats, settings: MetricsSettings) -> AsyncIterator[BufferedMetrics]:
    """Collect and write as long as the app runs."""
    metrics = BufferedMetrics(stats, settings)
    task = asyncio.create_task(metrics.keep_writing(settings.interval), name="write counts")
    try:
        yield metrics
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await metrics.close()

"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(StatsContract)`` with a fixture ``stats`` that returns the backend, empty.
Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from hutch_metrics.buffered import BufferedMetrics
from hutch_metrics.errors import InvalidInstrument, InvalidPeriod
from hutch_metrics.settings import MetricsSettings
from hutch_metrics.stats import Batch, Key, Stats

EVENING = datetime.fromisoformat("2024-01-15T23:59:59+00:00")
DAY: Key = ("daily", "2024-01-15")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = EVENING) -> None:
        self.now = at.timestamp()

    def __call__(self) -> float:
        """Tell the time in seconds since 1970."""
        return self.now


def metrics_on(stats: Stats, clock: Clock, **settings: Any) -> BufferedMetrics:
    """Return metrics that write when they are told to."""
    return BufferedMetrics(stats, MetricsSettings(**settings), clock)


class StatsContract:
    """What every backend does."""

    async def test_counts_add_up_by_day_and_hour(self, stats: Stats) -> None:
        clock = Clock()
        metrics = metrics_on(stats, clock)
        metrics.count("posts")
        metrics.count("posts", 2)
        clock.now += 1
        metrics.count("posts")
        metrics.count("likes: all", 7)
        await metrics.flush()
        assert await metrics.daily(date(2024, 1, 15)) == {"posts": 3}
        assert await metrics.daily() == {"posts": 1, "likes: all": 7}
        assert await metrics.hourly() == {"posts": 1, "likes: all": 7}
        assert await metrics.hourly(EVENING) == {"posts": 3}

    async def test_several_writers_count_together(self, stats: Stats) -> None:
        clock = Clock()
        first, second = metrics_on(stats, clock), metrics_on(stats, clock)
        for _ in range(2):
            for metrics in (first, second):
                metrics.count("posts", 5)
                await metrics.flush()
        assert await first.daily() == {"posts": 20}

    async def test_a_batch_counts_once(self, stats: Stats) -> None:
        for number in (1, 1, 2, 2, 1):
            await stats.add(Batch("w", number, {DAY: {"posts": number}}))
        await stats.add(Batch("v", 1, {DAY: {"posts": 10}}))
        assert await stats.read([DAY]) == [{"posts": 13}]

    async def test_ranges_are_read_in_order_and_gaps_are_empty(self, stats: Stats) -> None:
        clock = Clock()
        metrics = metrics_on(stats, clock)
        metrics.count("posts")
        clock.now += 2 * 3600
        metrics.count("posts", 2)
        await metrics.flush()
        hours = await metrics.hours(EVENING, EVENING + timedelta(hours=2))
        assert [(hour.hour, counts) for hour, counts in hours.items()] == [
            (23, {"posts": 1}),
            (0, {}),
            (1, {"posts": 2}),
        ]
        assert await metrics.days(date(2024, 1, 14), date(2024, 1, 16)) == {
            date(2024, 1, 14): {},
            date(2024, 1, 15): {"posts": 1},
            date(2024, 1, 16): {"posts": 2},
        }

    async def test_an_hour_of_another_zone_is_that_of_utc(self, stats: Stats) -> None:
        metrics = metrics_on(stats, Clock())
        metrics.count("posts")
        await metrics.flush()
        kolkata = timezone(timedelta(hours=5, minutes=30))
        assert await metrics.hourly(EVENING.astimezone(kolkata)) == {"posts": 1}

    async def test_bad_input_counts_nothing(self, stats: Stats) -> None:
        metrics = metrics_on(stats, Clock())
        for name, by in (("", 1), ("a" * 201, 1), ("a\n", 1), ("a", 0), ("a", -1), ("a", 2**53)):
            try:
                metrics.count(name, by)
            except InvalidInstrument as error:
                assert str(error).startswith(f"count({name[:40]!r}")
            else:
                raise AssertionError(f"count({name!r}, {by}) was not refused")
        await metrics.flush()
        assert await metrics.daily() == {}

    async def test_a_range_that_makes_no_sense_is_refused(self, stats: Stats) -> None:
        metrics = metrics_on(stats, Clock())
        day = date(2024, 1, 15)
        asked = (
            (metrics.days(day, day - timedelta(days=1)), "the last is before the first."),
            (metrics.days(day, day + timedelta(days=1000)), "1001 periods; read at most 1000"),
            (metrics.days(EVENING, EVENING), "is no day; give a date"),
            (metrics.hourly(EVENING.replace(tzinfo=None)), "has no time zone; give e.g."),
            (metrics.hours(EVENING, EVENING - timedelta(hours=1)), "the last is before"),
        )
        for reading, message in asked:
            try:
                await reading
            except InvalidPeriod as error:
                assert message in str(error)
            else:
                raise AssertionError(f"{message} was not raised")

"""What the memory backend forgets, on a clock that the test moves."""

from hutch_metrics.contract import Clock
from hutch_metrics.in_memory import MemoryStats
from hutch_metrics.stats import Batch, Key

DAY: Key = ("daily", "2024-01-15")
HOUR: Key = ("hourly", "2024-01-15T23")


async def test_hours_are_kept_for_two_days_and_days_for_seven() -> None:
    clock = Clock()
    stats = MemoryStats(clock)
    await stats.add(Batch("w", 1, {DAY: {"posts": 1}, HOUR: {"posts": 1}}))
    clock.now += 48 * 3600 - 1
    assert await stats.read([DAY, HOUR]) == [{"posts": 1}, {"posts": 1}]
    clock.now += 1
    assert await stats.read([DAY, HOUR]) == [{"posts": 1}, {}]
    clock.now += 5 * 24 * 3600
    assert await stats.read([DAY, HOUR]) == [{}, {}]

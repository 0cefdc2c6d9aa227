"""Periods: days and hours of UTC, and what they are called in keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from hutch_metrics.errors import InvalidPeriod

HOUR = timedelta(hours=1)
MOST = 1000
"""How many periods one call reads."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hour_of(number: int) -> datetime:
    """Return the beginning of the n-th hour since 1970."""
    return _EPOCH + number * HOUR


def hour_name(hour: datetime) -> str:
    """Call an hour ``2024-01-15T09``."""
    return hour.strftime("%Y-%m-%dT%H")


def day_name(day: date) -> str:
    """Call a day ``2024-01-15``."""
    return day.strftime("%Y-%m-%d")


def whole_hour(moment: datetime) -> datetime:
    """Return the hour of UTC that a moment is in.

    Raises:
        InvalidPeriod: It has no time zone.
    """
    if moment.tzinfo is None:
        raise InvalidPeriod(f"{moment.isoformat()} has no time zone; give e.g. tzinfo=UTC.")
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hours_between(first: datetime, last: datetime) -> list[datetime]:
    """List the hours from one to another, both included.

    Raises:
        InvalidPeriod: One has no time zone, the last is before the first, or they are too many.
    """
    begin, end = whole_hour(first), whole_hour(last)
    _check(hour_name(begin), hour_name(end), (end - begin) // HOUR + 1)
    return list(_steps(begin, end))


def days_between(first: date, last: date) -> list[date]:
    """List the days from one to another, both included.

    Raises:
        InvalidPeriod: One is a datetime, the last is before the first, or they are too many.
    """
    for day in (first, last):
        if isinstance(day, datetime):
            raise InvalidPeriod(f"{day.isoformat()} is no day; give a date, as UTC counts them.")
    count = (last - first).days + 1
    _check(day_name(first), day_name(last), count)
    return [first + timedelta(days=number) for number in range(count)]


def _steps(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin <= end:
        yield begin
        begin += HOUR


def _check(first: str, last: str, count: int) -> None:
    if count < 1:
        raise InvalidPeriod(f"{first} to {last}: the last is before the first.")
    if count > MOST:
        raise InvalidPeriod(f"{first} to {last}: {count} periods; read at most {MOST} at a time.")

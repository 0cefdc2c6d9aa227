"""Calendar limits: so many a day, an hour or a minute, as the clock on the wall has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hutch_ratelimit.errors import InvalidLimit
from hutch_ratelimit.limits import MILLISECOND, Away, Limit

Unit = Literal["minute", "hour", "day"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS: dict[Unit, int] = {"minute": 60, "hour": 3600, "day": 86400}
_STAMPS: dict[Unit, str] = {"minute": "%Y-%m-%dT%H%M", "hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class Period:
    """One minute, hour or day.

    Attributes:
        stamp: Its name, which ends the counter's: ``2026-11-21``, ``2026-11-21T13``.
        start: When it begins, in milliseconds since 1970.
        end: When the next one begins.
    """

    stamp: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CalendarWindow(Limit):
    """So many units in each minute, hour or day of the calendar."""

    unit: Unit
    tz: str

    def __post_init__(self) -> None:
        Limit.__post_init__(self)
        try:
            ZoneInfo(self.tz)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidLimit(
                f"{self._call}: no such time zone; use a name such as 'Europe/Berlin'."
            ) from None

    def __str__(self) -> str:
        zone = "" if self.tz == "UTC" else f" ({self.tz})"
        article = "an" if self.unit == "hour" else "a"
        return f"{self.most} {article} {self.unit}{zone}"

    @property
    def seconds(self) -> float:
        """The length of the window in seconds, on a day without a change of the clock."""
        return _SECONDS[self.unit]

    def period(self, now: int) -> Period:
        """Return the minute, hour or day of a time, given in milliseconds since 1970."""
        if self.unit == "day":
            return _day(self.tz, now // 60_000)
        length = _SECONDS[self.unit] * 1000
        start = now - now % length
        stamp = (_EPOCH + now * MILLISECOND).strftime(_STAMPS[self.unit])
        return Period(stamp, start, start + length)

    @property
    def _call(self) -> str:
        return f"per_{self.unit}({self.most}, tz={self.tz!r})"


def per_minute(most: int, *, away: Away | None = None) -> CalendarWindow:
    """Allow so many units in each minute of the calendar, in UTC.

    Raises:
        InvalidLimit: The number is below 1.
    """
    return CalendarWindow(most, away, "minute", "UTC")


def per_hour(most: int, *, away: Away | None = None) -> CalendarWindow:
    """Allow so many units in each hour of the calendar, in UTC.

    Raises:
        InvalidLimit: The number is below 1.
    """
    return CalendarWindow(most, away, "hour", "UTC")


def per_day(most: int, *, tz: str = "UTC", away: Away | None = None) -> CalendarWindow:
    """Allow so many units on each date of a time zone; a day may have 23 or 25 hours.

    Raises:
        InvalidLimit: The number is below 1, or the time zone is unknown.
    """
    return CalendarWindow(most, away, "day", tz)


@lru_cache(maxsize=64)
def _day(tz: str, minute: int) -> Period:
    """Return the day of a minute, counted from 1970; clocks change at full minutes."""
    now, zone = minute * 60_000, ZoneInfo(tz)
    today = (_EPOCH + now * MILLISECOND).astimezone(zone).date()
    start = next(instant for instant in _midnights(today, zone) if instant <= now)
    following = _midnights(today + timedelta(days=1), zone)
    end = next(instant for instant in following if instant > now)
    return Period(today.strftime(_STAMPS["day"]), start, end)


def _midnights(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when a date begins; later again where the clocks are set back over midnight.

    Where they are set forward over midnight, the first is right and the second is too early.
    """
    first = datetime.combine(day, time(), zone)
    return _milliseconds(first), _milliseconds(first.replace(fold=1))


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // MILLISECOND

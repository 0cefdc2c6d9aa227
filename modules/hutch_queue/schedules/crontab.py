"""Cron: the times of the local clock at which a job runs by itself."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, croniter  # type: ignore[import-untyped]

from hutch_queue.errors import InvalidJob

# croniter's own: a field drawn by lot, so that every worker would have ticks of its own
_RANDOM = re.compile(r"(?<![a-z])r(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule in crontab notation.

    A tick is the first moment at which the local clock shows its time or a later one: a
    time that the clock skips in spring comes when the clock has been put forward, one
    that it shows twice in autumn comes once. Where the hour is ``*`` the job runs by the
    real hours instead: not at the skipped times, and in both of the repeated hours.

    Args:
        spec: Five fields: minute, hour, day, month, weekday; a sixth one is the second.
        tz: The time zone in which the fields are read.

    Raises:
        InvalidJob: The spec or the time zone is wrong, or there is no such day.
    """

    spec: str
    tz: str = "UTC"

    def __post_init__(self) -> None:
        _check(self.spec, self.tz)

    def following(self, due: datetime, now: datetime) -> datetime:
        """Return the tick after the one that was due, the first that is still to come."""
        return self.next(now)

    def next(self, after: datetime) -> datetime:
        """Return the first tick after a point in time, in UTC."""
        zone = ZoneInfo(self.tz)
        hourly = _is_hourly(self.spec)
        local = after.astimezone(zone)
        tick = next(tick for tick in self._ticks(local, hourly) if tick > after)
        if hourly and _is_repeated(local):
            tick = min([tick, *self._again(local)])
        return tick

    def _ticks(self, start: datetime, hourly: bool) -> Iterator[datetime]:
        """List the ticks of the times after the one that the clock shows, each once."""
        for shown in self._times(start):
            if not _is_skipped(shown):
                yield shown.astimezone(UTC)
            elif not hourly:
                yield _change(shown)

    def _again(self, local: datetime) -> Iterator[datetime]:
        """List the next tick of those that an hourly job has in the repeated hour."""
        second = timedelta(seconds=1)
        begin = local if local.fold else _change(local).astimezone(local.tzinfo) - second
        shown = next(self._times(begin))
        if _is_repeated(shown):
            yield shown.replace(fold=1).astimezone(UTC)

    def _times(self, start: datetime) -> Iterator[datetime]:
        # On a clock that is never put back or forward: there croniter's ticks are right.
        shown = croniter(self.spec, start.replace(tzinfo=UTC, microsecond=0))
        while True:
            time: datetime = shown.get_next(datetime)
            yield time.replace(tzinfo=start.tzinfo, fold=0)


@lru_cache(maxsize=1024)
def _check(spec: str, tz: str) -> None:
    if not _is_crontab(spec):
        raise InvalidJob(
            f"cron({spec!r}): not a crontab line; write minute, hour, day, month, "
            "weekday, e.g. '0 3 * * *' for three o'clock."
        )
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidJob(
            f"cron({spec!r}, tz={tz!r}): no such time zone; use a name such as 'Europe/Berlin'."
        ) from None
    try:
        croniter(spec, datetime.now(UTC)).get_next(datetime)
    except CroniterBadDateError:
        raise InvalidJob(
            f"cron({spec!r}): it never comes, as the 30th of February; "
            "correct the day and the month."
        ) from None


def _is_crontab(spec: str) -> bool:
    # croniter knows a seventh field, the year, after which there is no next tick.
    known = len(spec.split()) <= 6 and not _RANDOM.search(spec)
    return known and bool(croniter.is_valid(spec))


def _is_hourly(spec: str) -> bool:
    fields, *_ = croniter.expand(spec)
    return bool(fields[1] == ["*"])


def _is_repeated(shown: datetime) -> bool:
    """Tell whether the clock shows this time twice, as it is put back."""
    return _ahead(shown, 0) > _ahead(shown, 1)


def _is_skipped(shown: datetime) -> bool:
    """Tell whether the clock never shows this time, as it is put forward."""
    return _ahead(shown, 0) < _ahead(shown, 1)


def _ahead(shown: datetime, fold: int) -> timedelta:
    return shown.replace(fold=fold).utcoffset() or timedelta(0)


def _change(shown: datetime) -> datetime:
    """Find the moment at which the clock is put to where it skips or repeats a time."""
    first, last = sorted(int(shown.replace(fold=fold).timestamp()) for fold in (0, 1))
    zone = shown.tzinfo
    after = _offset(last, zone)
    at = bisect_left(range(first, last), True, key=lambda second: _offset(second, zone) == after)
    return datetime.fromtimestamp(first + at, UTC)


def _offset(second: int, zone: tzinfo | None) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).utcoffset()

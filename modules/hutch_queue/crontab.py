"""Cron: the times at which a job runs by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, croniter  # type: ignore[import-untyped]

from hutch_queue.errors import InvalidJob

# croniter's own: a field drawn by lot, so that every worker would have ticks of its own
_RANDOM = re.compile(r"(?<![a-z])r(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule in crontab notation.

    Args:
        spec: Five fields: minute, hour, day, month, weekday; a sixth one is the second.
        tz: The time zone in which the fields are read.

    Raises:
        InvalidJob: The spec or the time zone is wrong, or there is no such day.
    """

    spec: str
    tz: str = "UTC"

    def __post_init__(self) -> None:
        if not _is_crontab(self.spec):
            raise InvalidJob(
                f"@cron({self.spec!r}): not a crontab line; write minute, hour, day, month, "
                "weekday, e.g. '0 3 * * *' for three o'clock."
            )
        try:
            ZoneInfo(self.tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise InvalidJob(
                f"@cron({self.spec!r}, tz={self.tz!r}): no such time zone; "
                "use a name such as 'Europe/Berlin'."
            ) from None
        try:
            self.next(datetime.now(UTC))
        except CroniterBadDateError:
            raise InvalidJob(
                f"@cron({self.spec!r}): it never comes, as the 30th of February; "
                "correct the day and the month."
            ) from None

    def next(self, after: datetime) -> datetime:
        """Return the first tick after a point in time, in UTC."""
        local = after.astimezone(ZoneInfo(self.tz))
        tick: datetime = croniter(self.spec, local).get_next(datetime)
        return tick.astimezone(UTC)


def _is_crontab(spec: str) -> bool:
    # croniter knows a seventh field, the year, after which there is no next tick.
    known = len(spec.split()) <= 6 and not _RANDOM.search(spec)
    return known and bool(croniter.is_valid(spec))

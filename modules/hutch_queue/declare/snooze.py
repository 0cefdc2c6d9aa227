"""Snooze: a job that cannot run now asks to be run later, at no cost."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hutch_queue.errors import InvalidOption

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Snooze(Exception):
    """Raised by a job: run me later, and do not count this attempt.

    ``raise Snooze(timedelta(minutes=5))`` or ``raise Snooze(datetime)``, e.g. where a limit
    ends. A time in the past is now. Jobs that wait for the same time run in the order of their
    priority.

    Attributes:
        delay: Seconds from now.
        due: The same for the store: 0 now, above 0 at this epoch time in ms, below 0 in so many ms.

    Raises:
        InvalidOption: The time has no time zone, or lies beyond all calendars.
    """

    def __init__(self, until: timedelta | datetime) -> None:
        super().__init__(f"until {until}")
        wait = _from_now(until) if isinstance(until, datetime) else until
        if wait > timedelta(days=36500):
            raise InvalidOption(f"Snooze({wait}): give 36500 days or less.")
        milliseconds = max(0, math.ceil(wait / MILLISECOND))
        self.delay = milliseconds / 1000
        self.due = -milliseconds
        if milliseconds and isinstance(until, datetime):
            self.due = math.ceil((until - EPOCH) / MILLISECOND)


def _from_now(time: datetime) -> timedelta:
    if time.utcoffset() is None:
        raise InvalidOption(
            f"Snooze({time.isoformat()}): the time has no time zone; "
            "use e.g. datetime(..., tzinfo=UTC)."
        )
    return time - datetime.now(UTC)

"""Snooze: a job that cannot run now asks to be run later, at no cost."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hutch_queue.errors import InvalidOption


class Snooze(Exception):
    """Raised by a job: run me later, and do not count this attempt.

    ``raise Snooze(timedelta(minutes=5))`` or ``raise Snooze(datetime)``, e.g. where a limit
    ends. A time in the past is now.

    Raises:
        InvalidOption: The time has no time zone, or lies beyond all calendars.
    """

    def __init__(self, until: timedelta | datetime) -> None:
        super().__init__(f"until {until}")
        if isinstance(until, datetime):
            if until.utcoffset() is None:
                raise InvalidOption(
                    f"Snooze({until.isoformat()}): the time has no time zone; "
                    "use e.g. datetime(..., tzinfo=UTC)."
                )
            until = until - datetime.now(UTC)
        if until > timedelta(days=36500):
            raise InvalidOption(f"Snooze({until}): give 36500 days or less.")
        self.milliseconds = max(0, math.ceil(until / timedelta(milliseconds=1)))

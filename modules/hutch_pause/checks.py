"""Checks: what both backends refuse before anything is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hutch_pause.errors import InvalidPause
from hutch_ratelimit import FixedWindow

MILLISECOND = timedelta(milliseconds=1)
LONGEST = timedelta(days=3660)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def length_of(duration: timedelta) -> int:
    """Return a pause's length in milliseconds.

    Raises:
        InvalidPause: It has none, or is beyond all calendars.
    """
    if not MILLISECOND <= duration <= LONGEST:
        raise InvalidPause(
            f"duration={duration}: a pause lasts a millisecond or more, and at most "
            f"{LONGEST.days} days; pause_all() has no end."
        )
    return duration // MILLISECOND


def time_of(
    duration: timedelta | None, until: datetime | None, default: timedelta
) -> tuple[int | None, int | None]:
    """Return a pause's length, or its end since 1970, in milliseconds.

    Raises:
        InvalidPause: Both are given, or one cannot be used.
    """
    if until is None:
        return length_of(default if duration is None else duration), None
    if duration is not None:
        raise InvalidPause("pause(): give a duration or until, not both.")
    if until.utcoffset() is None:
        raise InvalidPause(
            f"until={until.isoformat()}: the time has no time zone; use datetime(..., tzinfo=UTC)."
        )
    return None, (until - EPOCH) // MILLISECOND


def past(until: datetime | None) -> InvalidPause:
    """Return the error for an end that is over."""
    shown = until.isoformat() if until else "None"
    return InvalidPause(f"until={shown}: that is past; nothing was paused.")


def check_limit(limit: FixedWindow) -> None:
    """Refuse other limits than the one that the gate can count.

    Raises:
        InvalidPause: It is another one.
    """
    if not isinstance(limit, FixedWindow):
        raise InvalidPause(
            f"gate(limit={limit}): the gate counts fixed windows; use "
            "fixed_window(10, timedelta(seconds=60))."
        )


def moment(milliseconds: int) -> datetime | None:
    """Return a time in UTC; 0 is none."""
    return EPOCH + milliseconds * MILLISECOND if milliseconds else None

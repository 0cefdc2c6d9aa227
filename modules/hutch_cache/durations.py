"""Durations as people write them: ``timedelta``, ``"6h"``, or None for no end."""

from __future__ import annotations

import re
from datetime import timedelta

from hutch_cache.errors import InvalidEntry

Ttl = timedelta | str | None
"""A time to live: a ``timedelta``, a number with a unit (``"90s"``, ``"30m"``, ``"6h"``,
``"1d"``), or None for no expiry."""

_TEXT = re.compile(r"(\d{1,9})(s|m|h|d)", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LEAST = 0.001
_EXPECTED = 'use a timedelta, or a whole number above 0 with its unit: "90s", "30m", "6h" or "1d"'


def seconds_of(value: Ttl, place: str) -> float | None:
    """Return a duration in seconds, None where there is no end.

    Args:
        value: As a user wrote it.
        place: Names it in the error, e.g. ``Entry('products', ttl=...)``.

    Raises:
        InvalidEntry: It is no duration, has no unit, or is not above zero.
    """
    if value is None:
        return None
    seconds = _read(value)
    if seconds is None or seconds < _LEAST:
        raise InvalidEntry(f"{place}: {value!r} cannot be used; {_EXPECTED}, or None for no end.")
    return seconds


def setting_of(value: object) -> float | None:
    """Return a setting's duration in seconds; 0 is no expiry.

    Raises:
        ValueError: It is no duration, or has no unit.
    """
    if isinstance(value, int | str) and not isinstance(value, bool) and str(value) == "0":
        return None
    seconds = _read(value)
    if seconds is None or seconds < _LEAST:
        raise ValueError(f"{value!r} cannot be used; {_EXPECTED}, or 0 for no expiry")
    return seconds


def _read(value: object) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds()
    match = _TEXT.fullmatch(value) if isinstance(value, str) else None
    return float(int(match[1]) * _UNITS[match[2]]) if match else None

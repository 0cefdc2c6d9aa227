"""How long a server says to wait."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_LONGEST = timedelta(days=31)


def retry_after(header: str | None) -> datetime | None:
    """Read the header ``Retry-After``: seconds or an HTTP date (RFC 9110, section 10.2.3).

    Returns:
        The instant in UTC; None where the header is missing or says nothing.
    """
    if header is None:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", header.strip()):
        return _from_now(float(header))
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return _no_later(at)


def after_duration(text: str | None) -> datetime | None:
    """Read a span such as ``1m30s``, ``6m0s`` or ``120ms``, counted from now.

    Returns:
        The instant in UTC; None where the text is missing or no span.
    """
    if not text or len(text) > 40 or _PARTS.sub("", text):
        return None
    return _from_now(sum(float(n) * _UNITS[unit] for n, unit in _PARTS.findall(text)))


def _from_now(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST.total_seconds()))


def _no_later(at: datetime) -> datetime:
    # Compared before it is moved to UTC: the ends of the calendar cannot be moved.
    latest = datetime.now(UTC) + _LONGEST
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(aware, datetime.now(UTC) - _LONGEST), latest).astimezone(UTC)

"""The time, as SecondMe tells it everywhere: in milliseconds since 1970."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


def now_ms() -> int:
    """Return the time."""
    return time.time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """Return an instant in milliseconds."""
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def moment(milliseconds: int) -> datetime:
    """Return an instant, in UTC."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)

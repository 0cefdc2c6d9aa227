"""Ids as X makes them: 19 digits that rise with time."""

from __future__ import annotations

import time
from itertools import count

_EPOCH_MS = 1288834974657
_serial = count()


def snowflake() -> str:
    """Make an id: the milliseconds since November 2010 and a serial number."""
    milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
    return str((milliseconds << 22) | (next(_serial) & 0x3FFFFF))

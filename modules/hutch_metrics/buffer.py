"""Buffer: counts that are not written yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from threading import Lock

from hutch_metrics.errors import InvalidInstrument
from hutch_metrics.periods import day_name, hour_name, hour_of
from hutch_metrics.stats import Batch, Key

MOST_IN_BATCH = 1000
LONGEST_NAME = 200
LARGEST = 2**53


class Buffer:
    """Adds counts up by hour and name until they are taken.

    Args:
        writer: The process, as the server tells it from others.
        size: How many different counts it holds; further ones are dropped.
        clock: The time in seconds since 1970.
    """

    def __init__(self, writer: str, size: int, clock: Callable[[], float] = time.time) -> None:
        self._writer = writer
        self._size = size
        self._clock = clock
        self._counts: dict[tuple[int, str], int] = {}
        self._lock = Lock()
        self._number = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, name: str, by: int) -> None:
        """Add to the count of this hour, or drop it where there is no room.

        Raises:
            InvalidInstrument: The name or the number cannot be used.
        """
        if not 1 <= by < LARGEST:
            raise InvalidInstrument(f"count({name!r}, {by}): count from 1 up to 2**53.")
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise InvalidInstrument(
                f"count({name[:40]!r}): give a name of 1 to {LONGEST_NAME} printable characters."
            )
        key = int(self._clock()) // 3600, name
        with self._lock:
            if key in self._counts or len(self._counts) < self._size:
                self._counts[key] = self._counts.get(key, 0) + by
            else:
                self.dropped += by

    def take(self) -> Batch | None:
        """Take the oldest counts out as a batch; None where there are none."""
        with self._lock:
            taken = list(islice(self._counts, MOST_IN_BATCH))
            found = [(hour, name, self._counts.pop((hour, name))) for hour, name in taken]
        if not found:
            return None
        counts: dict[Key, dict[str, int]] = {}
        for number, name, by in found:
            hour = hour_of(number)
            keys: tuple[Key, Key] = ("daily", day_name(hour)), ("hourly", hour_name(hour))
            for key in keys:
                names = counts.setdefault(key, {})
                names[name] = names.get(name, 0) + by
        self._number += 1
        return Batch(self._writer, self._number, counts)

"""Cells: the counters of the memory backend, the model of ``lua/*.lua``, line by line.

Times are whole microseconds; a wait or reset is counted from ``now``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from hutch_ratelimit.calendars import CalendarWindow
from hutch_ratelimit.limits import FixedWindow, Gcra, Limit, SlidingWindow


class Cell(ABC):
    """What one counter holds. ``look`` comes first: it brings the cell to the present."""

    __slots__ = ()

    @abstractmethod
    def look(self, limit: Limit, cost: int, now: int) -> int:
        """Return how long until the cost fits, 0 if it does."""

    @abstractmethod
    def add(self, cost: int) -> None:
        """Take units."""

    @property
    @abstractmethod
    def mark(self) -> int:
        """By what a token knows later what it took."""

    @abstractmethod
    def give(self, cost: int, mark: int | None) -> bool:
        """Give units back, with a token's mark only what it took; tell whether there were any."""

    @abstractmethod
    def report(self) -> tuple[int, int]:
        """Return how many units can be taken now, and how long until all are back."""

    @property
    @abstractmethod
    def over(self) -> int:
        """The time from which on the cell holds nothing."""


class FixedCell(Cell):
    """A window that ends, also that of a calendar; see ``lua/fixed.lua``."""

    __slots__ = ("_end", "_most", "_now", "_used", "_window")

    def __init__(self) -> None:
        self._used = self._end = self._most = self._now = self._window = 0

    def look(self, limit: Limit, cost: int, now: int) -> int:
        """Return how long until the cost fits, 0 if it does."""
        self._most, self._now, self._window = limit.most, now, _window(limit, now)
        if self._end <= now:
            self._used = self._end = 0
        self._end = min(self._end, now + self._window)
        return self._end - now if self._used + cost > limit.most else 0

    def add(self, cost: int) -> None:
        """Take units."""
        self._end = self._end or self._now + self._window
        self._used += cost

    @property
    def mark(self) -> int:
        """When the window ends."""
        return self._end

    def give(self, cost: int, mark: int | None) -> bool:
        """Give units back; tell whether there were any in the window of the mark."""
        if mark is not None and self._end > mark:
            return False
        back = min(cost, self._used)
        self._used -= back
        return back > 0

    def report(self) -> tuple[int, int]:
        """Return how many units can be taken now, and how long until all are back."""
        return max(0, self._most - self._used), self._end - self._now if self._end else 0

    @property
    def over(self) -> int:
        """The time from which on the cell holds nothing."""
        return self._end


class SlidingCell(Cell):
    """Two windows that stand, for one that slides; see ``lua/sliding.lua``."""

    __slots__ = ("_at", "_before", "_current", "_index", "_most", "_window")

    def __init__(self) -> None:
        self._index = self._current = self._before = self._at = self._most = 0
        self._window = 1

    def look(self, limit: Limit, cost: int, now: int) -> int:
        """Return how long until the cost fits, 0 if it does."""
        assert isinstance(limit, SlidingWindow)
        self._most, self._window = limit.most, limit.milliseconds
        index, self._at = divmod(now // 1000, self._window)
        if self._index == index - 1:
            self._before, self._current = self._current, 0
        elif self._index < index - 1:
            self._before = self._current = 0
        self._index = index
        return self._wait(cost) * 1000

    def _wait(self, cost: int) -> int:
        window, room = self._window, self._most - self._current - cost
        if self._before * (window - self._at) <= room * window:
            return 0
        if room >= 0:
            return window - room * window // self._before - self._at
        return 2 * window - self._at - (self._most - cost) * window // self._current

    def add(self, cost: int) -> None:
        """Take units."""
        self._current += cost

    @property
    def mark(self) -> int:
        """The window's number."""
        return self._index

    def give(self, cost: int, mark: int | None) -> bool:
        """Give units back, without a mark the latest first; tell whether there were any."""
        now = min(cost, self._current) if mark in (None, self._index) else 0
        before = min(cost - now, self._before) if mark in (None, self._index - 1) else 0
        self._current -= now
        self._before -= before
        return now + before > 0

    def report(self) -> tuple[int, int]:
        """Return how many units can be taken now, and how long until all are back."""
        window, left = self._window, self._window - self._at
        free = (self._most - self._current) * window - self._before * left
        reset = window + left if self._current else left if self._before else 0
        return max(0, free // window), reset * 1000

    @property
    def over(self) -> int:
        """The time from which on the cell holds nothing."""
        return (self._index + 2) * self._window * 1000


class GcraCell(Cell):
    """The time at which all units will be back; see ``lua/gcra.lua``."""

    __slots__ = ("_back", "_full", "_interval", "_now")

    def __init__(self) -> None:
        self._back = self._now = self._full = 0
        self._interval = 1

    def look(self, limit: Limit, cost: int, now: int) -> int:
        """Return how long until the cost fits, 0 if it does."""
        assert isinstance(limit, Gcra)
        self._now, self._interval = now, limit.microseconds
        self._full = full = limit.most * limit.microseconds
        if self._back < now:
            self._back = now
        elif self._back > now + full:
            self._back = now + full
        wait = self._back + limit.microseconds * cost - full - now
        return wait if wait > 0 else 0

    def add(self, cost: int) -> None:
        """Take units."""
        self._back += self._interval * cost

    @property
    def mark(self) -> int:
        """When all that was taken is back by itself."""
        return self._back

    def give(self, cost: int, mark: int | None) -> bool:
        """Give back what is not back by itself; tell whether there was any."""
        given = self._interval * cost
        if mark is not None:
            given = min(given, mark - self._now)
        if self._back == self._now or given <= 0:
            return False
        self._back = max(self._now, self._back - given)
        return True

    def report(self) -> tuple[int, int]:
        """Return how many units can be taken now, and how long until all are back."""
        reset = self._back - self._now
        return (self._full - reset) // self._interval, reset

    @property
    def over(self) -> int:
        """The time from which on the cell holds nothing."""
        return self._back


CELLS: dict[type[Limit], type[Cell]] = {
    FixedWindow: FixedCell,
    CalendarWindow: FixedCell,
    SlidingWindow: SlidingCell,
    Gcra: GcraCell,
}


def _window(limit: Limit, now: int) -> int:
    if isinstance(limit, FixedWindow):
        return limit.milliseconds * 1000
    assert isinstance(limit, CalendarWindow)
    return limit.period(now // 1000).end * 1000 - now

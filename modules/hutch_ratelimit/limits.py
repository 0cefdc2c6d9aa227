"""Limits: how much of something is allowed in which time, as values."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from hutch_ratelimit.errors import InvalidLimit

if TYPE_CHECKING:
    from hutch_ratelimit.counter import Counter

Away = Literal["open", "closed", "local"]
"""What a limit does while its counters cannot be reached: let all pass, let none pass, or count
in this process."""

MOST = 10**12
"""The largest number a limit may have."""
LONGEST = timedelta(days=3660)
_EXACT = 2**53
"""Up to here the scripts' numbers are exact."""

MILLISECOND = timedelta(milliseconds=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Limit(ABC):
    """So many units in so much time; counters of the same limit are told apart by their names.

    Args:
        most: How many units there are; also the most that one call can take.
        away: What happens while the counters cannot be reached; by default what
            ``HUTCH_RATELIMIT__WHEN_AWAY`` says.
    """

    most: int
    away: Away | None

    def __post_init__(self) -> None:
        if isinstance(self.most, bool) or not isinstance(self.most, int):
            raise InvalidLimit(f"{self._call}: the number must be an int, e.g. 10.")
        if not 1 <= self.most <= MOST:
            raise InvalidLimit(f"{self._call}: use a number from 1 to {MOST}.")
        if self.away not in (None, "open", "closed", "local"):
            raise InvalidLimit(
                f"{self._call}: away={self.away!r}: use 'open', 'closed' or 'local'."
            )

    def at(self, *parts: str | int) -> Counter:
        """Name the counter: ``limit.at("login", user_id)`` counts under ``login:USER``.

        Raises:
            InvalidLimit: No part is given, or one is empty or no str or int.
        """
        from hutch_ratelimit.counter import counter_of

        return counter_of(self, parts)

    @property
    @abstractmethod
    def seconds(self) -> float:
        """The length of the limit's window, in seconds."""

    @property
    @abstractmethod
    def _call(self) -> str:
        """How the limit is written, for errors."""


@dataclass(frozen=True, slots=True)
class FixedWindow(Limit):
    """So many units from the first one on until the window ends."""

    window: timedelta
    milliseconds: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Limit.__post_init__(self)
        check_window(self._call, self.window)
        object.__setattr__(self, "milliseconds", self.window // MILLISECOND)

    def __str__(self) -> str:
        return f"{self.most} in {self.window}"

    @property
    def seconds(self) -> float:
        """The length of the window, in seconds."""
        return self.window.total_seconds()

    @property
    def _call(self) -> str:
        return f"fixed_window({self.most}, {self.window})"


@dataclass(frozen=True, slots=True)
class SlidingWindow(Limit):
    """So many units in any window, the window before counted by the share that still overlaps.

    Known as the sliding window counter: two numbers a counter, and no bursts at the seams.
    """

    window: timedelta
    milliseconds: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Limit.__post_init__(self)
        check_window(self._call, self.window)
        object.__setattr__(self, "milliseconds", self.window // MILLISECOND)
        if 2 * self.most * self.milliseconds >= _EXACT:
            raise InvalidLimit(f"{self._call}: number times window is too large to be exact.")

    def __str__(self) -> str:
        return f"{self.most} in any {self.window}"

    @property
    def seconds(self) -> float:
        """The length of the window, in seconds."""
        return self.window.total_seconds()

    @property
    def _call(self) -> str:
        return f"sliding_window({self.most}, {self.window})"


@dataclass(frozen=True, slots=True)
class Gcra(Limit):
    """A steady rate: one unit comes back every interval, and ``most`` of them can be saved up.

    Source: the generic cell rate algorithm of ITU-T I.371, as virtual scheduling.
    """

    interval: timedelta
    microseconds: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Limit.__post_init__(self)
        if self.interval < MICROSECOND or self.most * self.interval > LONGEST:
            raise InvalidLimit(
                f"{self._call}: a unit must come back within a microsecond or more, and all of "
                f"them within {LONGEST.days} days."
            )
        object.__setattr__(self, "microseconds", self.interval // MICROSECOND)

    def __str__(self) -> str:
        return f"one in {self.interval}, {self.most} at once"

    @property
    def seconds(self) -> float:
        """How long it takes until all units are back, in seconds."""
        return (self.most * self.interval).total_seconds()

    @property
    def _call(self) -> str:
        return f"gcra(burst={self.most}), one in {self.interval}"


def fixed_window(most: int, window: timedelta, *, away: Away | None = None) -> FixedWindow:
    """Allow so many units in a window that begins with the first of them.

    Raises:
        InvalidLimit: The number is below 1, or the window is shorter than a millisecond.
    """
    return FixedWindow(most, away, window)


def sliding_window(most: int, window: timedelta, *, away: Away | None = None) -> SlidingWindow:
    """Allow so many units in any window of that length, wherever it begins.

    Raises:
        InvalidLimit: The number is below 1, or the window is shorter than a millisecond.
    """
    return SlidingWindow(most, away, window)


def gcra(rate: int, per: timedelta, *, burst: int = 1, away: Away | None = None) -> Gcra:
    """Allow a steady rate, and so many units at once after a rest.

    Args:
        rate: How many units come back.
        per: In which time. The interval between two is rounded up to a microsecond.
        burst: How many can be taken at once; a call that costs more is refused as an error.
        away: What happens while the counters cannot be reached.

    Raises:
        InvalidLimit: Rate or burst is below 1, or the rate is above one in a microsecond.
    """
    if rate < 1 or per < rate * MICROSECOND:
        raise InvalidLimit(f"gcra({rate}, {per}): use 1 or more, at most one in a microsecond.")
    return Gcra(burst, away, math.ceil(per / MICROSECOND / rate) * MICROSECOND)


def check_window(call: str, window: timedelta) -> None:
    """Refuse a window that has no length, or one beyond all calendars.

    Raises:
        InvalidLimit: It is such a window.
    """
    if not MILLISECOND <= window <= LONGEST:
        raise InvalidLimit(
            f"{call}: a window has a millisecond or more, and at most {LONGEST.days} days."
        )

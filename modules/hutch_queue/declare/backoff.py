"""Backoff: how long a failed job waits before its next attempt; exact, without jitter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hutch_queue.errors import InvalidJob


class Backoff(Protocol):
    """A function of the attempt that failed."""

    def __call__(self, attempt: int, /) -> float:
        """Return the seconds to wait after the n-th attempt has failed; n starts at 1."""
        ...


@dataclass(frozen=True, slots=True)
class _Exponential:
    base: float
    factor: float

    def __call__(self, attempt: int, /) -> float:
        return self.base * self.factor ** (attempt - 1)


@dataclass(frozen=True, slots=True)
class _Delays:
    seconds: tuple[float, ...]

    def __call__(self, attempt: int, /) -> float:
        return self.seconds[min(attempt, len(self.seconds)) - 1]


def exponential(base: float, *, factor: float = 2) -> Backoff:
    """Wait ``base`` seconds after the first failure, then ``factor`` times as long each time.

    Raises:
        InvalidJob: ``base`` is negative, ``factor`` is not positive, or one is not finite.
    """
    if not (0 <= base < math.inf and 0 < factor < math.inf):
        raise InvalidJob(
            f"exponential({base:g}, factor={factor:g}): seconds cannot be negative, the "
            "factor must be above 0, and both finite."
        )
    return _Exponential(base, factor)


def fixed(seconds: float) -> Backoff:
    """Wait the same number of seconds after each failure.

    Raises:
        InvalidJob: ``seconds`` is negative or not finite.
    """
    return delays([seconds])


def delays(seconds: Sequence[float]) -> Backoff:
    """Wait these numbers of seconds after the first, second ... failure; the last one repeats.

    Raises:
        InvalidJob: The list is empty, or a number is negative or not finite.
    """
    if not seconds or not all(0 <= pause < math.inf for pause in seconds):
        raise InvalidJob(
            f"delays({list(seconds)}): give one or more seconds, none negative, all finite."
        )
    return _Delays(tuple(seconds))

"""Decision: what a limiter answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hutch_ratelimit.counter import Counter

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Quota:
    """What one counter has left, after the call.

    Attributes:
        counter: Which one.
        remaining: Units that can be taken at once.
        retry_after: Seconds until the call's cost can be taken; 0 if this counter did not refuse.
        reset_after: Seconds until all units are back.
        now: The limiter's time in microseconds since 1970.
    """

    counter: Counter
    remaining: int
    retry_after: float
    reset_after: float
    now: int

    @property
    def reset_at(self) -> datetime:
        """When all units are back, in UTC."""
        return _EPOCH + timedelta(microseconds=self.now, seconds=self.reset_after)


@dataclass(slots=True)  # not frozen: made for every call, and that costs thrice as much
class Decision:
    """Whether the units were taken: from all counters, or from none.

    Attributes:
        allowed: Whether they were.
        counters: Those of the call.
        figures: Of each counter, in the order of the call: the units left, and the microseconds
            until the call's cost can be taken and until all units are back.
        now: The limiter's time in microseconds since 1970.
        repeated: Whether the call's token had taken them before, so that nothing was taken now.
        away: Whether the counters could not be reached, so that a limit's ``away`` decided.
    """

    allowed: bool
    counters: tuple[Counter, ...]
    figures: Sequence[int]
    now: int
    repeated: bool = False
    away: bool = False

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def quotas(self) -> tuple[Quota, ...]:
        """What each counter has left, in the order of the call."""
        left, waits, resets = self.figures[::3], self.figures[1::3], self.figures[2::3]
        each = zip(self.counters, left, waits, resets, strict=True)
        return tuple(
            Quota(c, units, wait / 1e6, reset / 1e6, self.now) for c, units, wait, reset in each
        )

    @property
    def tightest(self) -> Quota:
        """The counter that has to be waited for longest; if none refuses, the one with least."""
        return min(self.quotas, key=lambda quota: (-quota.retry_after, quota.remaining))

    @property
    def remaining(self) -> int:
        """Units that can be taken at once from every counter."""
        return min(self.figures[::3])

    @property
    def retry_after(self) -> float:
        """Seconds until the same call can pass, if nobody else takes; 0 if it passed."""
        return max(self.figures[1::3]) / 1e6

    @property
    def reset_at(self) -> datetime:
        """When the tightest counter has all its units back, in UTC."""
        return self.tightest.reset_at

    @property
    def limit(self) -> int:
        """The number of the tightest counter's limit."""
        return self.tightest.counter.limit.most

"""The lab: what the contract needs of a backend, and what its tests share."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Protocol

from hutch_ratelimit.calendars import per_day, per_hour, per_minute
from hutch_ratelimit.counter import Counter
from hutch_ratelimit.decision import Decision
from hutch_ratelimit.errors import RateLimitError
from hutch_ratelimit.limits import Limit, fixed_window, gcra, sliding_window
from hutch_ratelimit.port import RateLimiter

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

KINDS: tuple[Limit, ...] = (
    fixed_window(3, MINUTE),
    sliding_window(3, MINUTE),
    gcra(3, MINUTE, burst=3),
    per_minute(3),
    per_hour(3),
    per_day(3),
)
"""One limit of each kind, of 3."""


class Lab(Protocol):
    """A limiter whose time stands still until a test moves it."""

    @property
    def limiter(self) -> RateLimiter:
        """The limiter under test."""
        ...

    def now(self) -> datetime:
        """Return the limiter's time, in UTC."""
        ...

    async def move(self, time: timedelta) -> None:
        """Let time go by."""
        ...

    async def move_to(self, moment: datetime) -> None:
        """Let time go by until then."""
        ...


async def error_of(error: type[RateLimitError], waiting: Awaitable[Any]) -> str:
    """Check that awaiting it fails with this error; return the message."""
    try:
        await waiting
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")


async def use_up(lab: Lab, counter: Counter) -> Decision:
    """Take all there is, one by one; return the first refusal."""
    for left in reversed(range(counter.limit.most)):
        decision = await lab.limiter.take(counter)
        assert decision.allowed
        assert decision.remaining == left
        assert decision.retry_after == 0
    refused = await lab.limiter.take(counter)
    assert not refused.allowed
    return refused

"""Limiter: what the backends share: calls are checked and refusals raised."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from hutch_ratelimit.counter import Counter, check
from hutch_ratelimit.decision import Decision
from hutch_ratelimit.errors import RateLimited
from hutch_ratelimit.tally import Tally

Clock = Callable[[], int]
"""The time in microseconds since 1970."""
Counters = tuple[Counter, ...]


class Limiter(ABC):
    """Half of a backend; see ``RateLimiter``. The other half decides, for calls that make sense.

    Args:
        tally: Where decisions are counted.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    @abstractmethod
    async def take(self, *counters: Counter, cost: int = 1, token: str | None = None) -> Decision:
        """Check the call, take and count the decision; see ``RateLimiter.take``."""

    async def take_or_raise(
        self, *counters: Counter, cost: int = 1, token: str | None = None
    ) -> Decision:
        """Take units, or raise; see ``RateLimiter.take_or_raise``."""
        decision = await self.take(*counters, cost=cost, token=token)
        if not decision.allowed:
            raise RateLimited(decision)
        return decision

    async def peek(self, *counters: Counter, cost: int = 1) -> Decision:
        """Tell what ``take`` would decide; see ``RateLimiter.peek``."""
        check(counters, cost)
        return await self._peek(counters, cost)

    async def refund(self, *counters: Counter, cost: int = 1, token: str | None = None) -> bool:
        """Give units back; see ``RateLimiter.refund``."""
        check(counters, cost, token)
        return await self._refund(counters, cost, token)

    async def clear(self, *counters: Counter) -> None:
        """Give all units back; see ``RateLimiter.clear``."""
        check(counters, 1)
        await self._clear(counters)

    @abstractmethod
    async def _peek(self, counters: Counters, cost: int) -> Decision: ...

    @abstractmethod
    async def _refund(self, counters: Counters, cost: int, token: str | None) -> bool: ...

    @abstractmethod
    async def _clear(self, counters: Counters) -> None: ...

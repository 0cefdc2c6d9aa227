"""The port: what users inject."""

from __future__ import annotations

from typing import Protocol

from hutch_ratelimit.counter import Counter
from hutch_ratelimit.decision import Decision


class RateLimiter(Protocol):
    """Counts against limits: ``await limiter.take(per_day(50).at("posts", user_id))``.

    Every method raises ``InvalidLimit``, before anything is changed, where no counter is given,
    the same one twice, or a cost below 1 or above a limit.

    While the counters cannot be reached each limit's ``away`` decides within 0.25 s: ``open``
    lets pass, ``local`` counts in this process, ``closed`` raises ``LimiterUnavailable``.
    """

    async def take(self, *counters: Counter, cost: int = 1, token: str | None = None) -> Decision:
        """Take units from all counters, or from none.

        Args:
            counters: Of any limits, mixed.
            cost: How many units from each.
            token: Who takes, e.g. a job's id. The same token takes once from the same counters,
                as long as one of them still counts what it took.

        Raises:
            LimiterUnavailable: The counters cannot be reached, and a limit is closed meanwhile.
        """
        ...

    async def take_or_raise(
        self, *counters: Counter, cost: int = 1, token: str | None = None
    ) -> Decision:
        """Take units as ``take`` does, or raise.

        Raises:
            RateLimited: A counter has too few left; nothing is taken.
            LimiterUnavailable: The counters cannot be reached, and a limit is closed meanwhile.
        """
        ...

    async def peek(self, *counters: Counter, cost: int = 1) -> Decision:
        """Tell what ``take`` would decide now; nothing is taken.

        Raises:
            LimiterUnavailable: The counters cannot be reached, and a limit is closed meanwhile.
        """
        ...

    async def refund(self, *counters: Counter, cost: int = 1, token: str | None = None) -> bool:
        """Give units back, e.g. because what they were for did not happen.

        A counter never has more than its limit; one whose window is over gets nothing. With a
        token only what it took and what is still counted goes back: to a fixed window or a
        calendar's period if it is the one the token took in; to a sliding window in the part the
        token took in; to a steady rate what has not come back by itself.

        Args:
            counters: Those they were taken from.
            cost: How many; with a token, what that took.
            token: Gives back once what this token took, and nothing if it took nothing.

        Returns:
            Whether anything was given back.

        Raises:
            LimiterUnavailable: The counters cannot be reached; it is not known to have happened.
        """
        ...

    async def clear(self, *counters: Counter) -> None:
        """Give all units back.

        Raises:
            LimiterUnavailable: The counters cannot be reached; it is not known to have happened.
        """
        ...

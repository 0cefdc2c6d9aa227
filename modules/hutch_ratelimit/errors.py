"""The errors of this package.

HutchError
└── RateLimitError
    ├── InvalidLimit         a limit, counter or cost cannot work
    ├── UnknownLimit         no module declares a limit of that name
    ├── RateLimited          a counter has nothing left
    └── LimiterUnavailable   the counters cannot be reached, and the limit is closed meanwhile
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hutch.errors import HutchError

if TYPE_CHECKING:
    from hutch_ratelimit.decision import Decision


class RateLimitError(HutchError):
    """Base of this module's errors."""

    code = "ratelimit-error"


class InvalidLimit(RateLimitError, ValueError):
    """A limit, a counter or a cost cannot work."""

    code = "invalid-limit"


class UnknownLimit(RateLimitError, KeyError):
    """No module declares a limit of that name."""

    code = "unknown-limit"

    def __str__(self) -> str:
        # KeyError would quote the message.
        return str(self.args[0])


class RateLimited(RateLimitError):
    """A counter has nothing left; nothing was taken from any.

    Attributes:
        counter: The counter's name, that which has to be waited for longest.
        retry_after: Seconds until the same call can pass.
        reset_at: When that counter is as good as new, in UTC.
        decision: All that is known of every counter of the call.
    """

    code = "rate-limited"

    def __init__(self, decision: Decision) -> None:
        """Describe the decision.

        Args:
            decision: One that does not allow.
        """
        tightest = decision.tightest
        self.counter: str = tightest.counter.name
        self.retry_after: float = decision.retry_after
        self.reset_at: datetime = tightest.reset_at
        self.decision = decision
        super().__init__(
            f"{self.counter}: the limit of {tightest.counter.limit} is used up; "
            f"try again in {self.retry_after:.3f} s."
        )


class LimiterUnavailable(RateLimitError):
    """The counters cannot be reached, and the limit is closed meanwhile."""

    code = "limiter-unavailable"

"""Faults that the sandbox commits on request, so that apps can prove they cope."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """What goes wrong with a platform's next call that creates a post."""

    RATE_LIMITED = "429"
    USAGE_CAPPED = "usage_capped"
    SUSPENDED = "suspended"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    DUPLICATE = "duplicate"
    SLOW = "slow"
    ERROR_AFTER_COMMIT = "5xx_after_commit"
    LOST_AFTER_COMMIT = "response_lost_after_commit"


class PlatformName(StrEnum):
    """The platforms that the sandbox plays."""

    X = "x"


class FaultOrder(BaseModel):
    """An order of ``POST /_sandbox/faults``.

    Attributes:
        times: How many calls it strikes.
        seconds: How long a ``slow`` answer takes, or until the limit of ``429`` resets.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: PlatformName
    fault: Fault
    times: int = Field(default=1, ge=1, le=1000)
    seconds: float = Field(default=5.0, ge=0, le=600)


class Faults:
    """The faults ordered and not yet committed, first come first served."""

    def __init__(self) -> None:
        self._orders: deque[FaultOrder] = deque()

    def order(self, order: FaultOrder) -> None:
        """Strike the platform's next calls, after those already ordered."""
        self._orders.extend([order.model_copy(update={"times": 1})] * order.times)

    def take(self, platform: PlatformName) -> FaultOrder | None:
        """Take the fault that strikes the call at hand, if one was ordered."""
        for order in self._orders:
            if order.platform is platform:
                self._orders.remove(order)
                return order
        return None

"""Faults that the sandbox commits on request, so that apps can prove they cope."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class Fault(StrEnum):
    """What goes wrong with a platform's next call that publishes, unless it says otherwise."""

    RATE_LIMITED = "429"
    USAGE_CAPPED = "usage_capped"
    SUSPENDED = "suspended"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    DUPLICATE = "duplicate"
    SLOW = "slow"
    ERROR_AFTER_COMMIT = "5xx_after_commit"
    LOST_AFTER_COMMIT = "response_lost_after_commit"
    VERSION_RETIRED = "426"
    SLOW_CONTAINER = "slow_container"
    BROKEN_MEDIA = "broken_media"
    UNFETCHED_MEDIA = "unfetched_media"
    PAIR_LIMITED = "pair_limited"
    WINDOW_CLOSED = "window_closed"
    REDELIVERED = "webhook_redelivered"
    OUT_OF_ORDER = "webhook_out_of_order"
    SERVER_ERROR = "5xx"
    CHANGING_PAGE = "changing_page"
    MALFORMED_ITEM = "malformed_item"
    REFUSED = "refused"
    CUT_SHORT = "cut_short"


class PlatformName(StrEnum):
    """The platforms that the sandbox plays."""

    X = "x"
    LINKEDIN = "linkedin"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    WHATSAPP = "whatsapp"
    EBAY = "ebay"
    OPENAI = "openai"


_EVERYWHERE = {
    Fault.RATE_LIMITED,
    Fault.SUSPENDED,
    Fault.EXPIRED_TOKEN,
    Fault.SLOW,
    Fault.ERROR_AFTER_COMMIT,
    Fault.LOST_AFTER_COMMIT,
}
_READING = {Fault.RATE_LIMITED, Fault.SLOW, Fault.SERVER_ERROR}
PREPARING = frozenset({Fault.SLOW_CONTAINER, Fault.BROKEN_MEDIA, Fault.UNFETCHED_MEDIA})
"""These strike the next container, not the call that publishes it."""

PLAYED: dict[PlatformName, set[Fault]] = {
    PlatformName.X: _EVERYWHERE | {Fault.USAGE_CAPPED, Fault.DUPLICATE},
    PlatformName.LINKEDIN: _EVERYWHERE | {Fault.DUPLICATE, Fault.VERSION_RETIRED},
    PlatformName.FACEBOOK: _EVERYWHERE | {Fault.DUPLICATE},
    PlatformName.INSTAGRAM: _EVERYWHERE | PREPARING | {Fault.USAGE_CAPPED},
    PlatformName.WHATSAPP: _EVERYWHERE
    | {Fault.PAIR_LIMITED, Fault.WINDOW_CLOSED, Fault.REDELIVERED, Fault.OUT_OF_ORDER},
    PlatformName.EBAY: _READING | {Fault.EXPIRED_TOKEN, Fault.CHANGING_PAGE, Fault.MALFORMED_ITEM},
    PlatformName.OPENAI: _READING | {Fault.USAGE_CAPPED, Fault.REFUSED, Fault.CUT_SHORT},
}
"""Which faults each platform commits."""


class FaultOrder(BaseModel):
    """An order of ``POST /_sandbox/faults``.

    Attributes:
        times: How many calls it strikes.
        seconds: How long a ``slow`` answer or container takes, or until the limit of
            ``429`` resets.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: PlatformName
    fault: Fault
    times: int = Field(default=1, ge=1, le=1000)
    seconds: float = Field(default=5.0, ge=0, le=600)

    @field_validator("fault")
    @classmethod
    def _played(cls, fault: Fault, info: ValidationInfo) -> Fault:
        platform = info.data.get("platform")
        played = PLAYED.get(platform) if platform else None
        if played is not None and fault not in played:
            raise ValueError(f"{platform} does not play it; it plays {', '.join(sorted(played))}")
        return fault


class Faults:
    """The faults ordered and not yet committed, first come first served."""

    def __init__(self) -> None:
        self._orders: deque[FaultOrder] = deque()

    def order(self, order: FaultOrder) -> None:
        """Strike the platform's next calls, after those already ordered."""
        self._orders.extend([order.model_copy(update={"times": 1})] * order.times)

    def waiting(self, platform: str) -> list[str]:
        """List the faults that are still to come, in their order."""
        return [order.fault.value for order in self._orders if order.platform == platform]

    def take(
        self, platform: PlatformName, among: Collection[Fault] | None = None
    ) -> FaultOrder | None:
        """Take the fault that strikes the call at hand, if one was ordered.

        Args:
            platform: Whose call it is.
            among: The faults that can strike it, if not all.
        """
        for order in self._orders:
            if order.platform is platform and (among is None or order.fault in among):
                self._orders.remove(order)
                return order
        return None

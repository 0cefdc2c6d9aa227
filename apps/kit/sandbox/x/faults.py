"""The faults that X commits before a post is stored."""

from __future__ import annotations

from kit.sandbox.faults import Fault, FaultOrder
from kit.sandbox.x.limits import used_up
from kit.sandbox.x.problems import (
    duplicate,
    rate_limited,
    suspended,
    usage_capped,
)


def refuse(order: FaultOrder, limit: int) -> None:
    """Commit a fault that refuses the post.

    Args:
        order: The fault.
        limit: How many posts a window admits, for the headers.

    Raises:
        Refusal: The fault is one of this kind.
    """
    match order.fault:
        case Fault.RATE_LIMITED:
            raise rate_limited(used_up(limit, order.seconds))
        case Fault.USAGE_CAPPED:
            raise usage_capped()
        case Fault.SUSPENDED:
            raise suspended()
        case Fault.DUPLICATE:
            raise duplicate()
        case _:
            return

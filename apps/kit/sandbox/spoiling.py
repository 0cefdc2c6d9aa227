"""Faults that strike when the platform has done what it was asked for."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from kit.sandbox.faults import Fault, FaultOrder
from kit.sandbox.lost import LostResponse
from kit.sandbox.refusals import Refusal


async def spoil(order: FaultOrder | None, answer: Response, broken: Refusal) -> Response:
    """Commit a fault that spoils the answer, the post being stored.

    Args:
        order: The fault, if one was ordered.
        answer: What the platform would say.
        broken: What it says when it breaks.

    Raises:
        Refusal: The fault is an error after the commit.
    """
    match order.fault if order else None:
        case Fault.ERROR_AFTER_COMMIT:
            raise broken
        case Fault.LOST_AFTER_COMMIT:
            return LostResponse()
        case Fault.SLOW if order:
            await asyncio.sleep(order.seconds)
        case _:
            pass
    return answer

"""WhatsApp's own refusals."""

from __future__ import annotations

from kit.sandbox.faults import Fault
from kit.sandbox.graph.refusals import refusal
from kit.sandbox.refusals import Refusal


def of(fault: Fault) -> Refusal | None:
    """Make the refusal that a fault stands for, if it is one of this kind."""
    match fault:
        case Fault.RATE_LIMITED:
            return refusal(130429, "Rate limit hit", status=429)
        case Fault.PAIR_LIMITED:
            return refusal(131056, "Pair rate limit hit")
        case Fault.WINDOW_CLOSED:
            return refusal(131047, "Re-engagement message")
        case Fault.SUSPENDED:
            return refusal(131031, "Business Account locked", status=403)
        case _:
            return None


def broken() -> Refusal:
    """131000: something went wrong, whatever it was."""
    return refusal(131000, "Something went wrong", status=500)

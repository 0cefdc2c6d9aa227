"""Single: one counter and no token, which is what most calls are; a shorter script for each kind.

What is not told in the reply follows from the limit. The time is the computer's: nothing but
``reset_at`` depends on it.
"""

from __future__ import annotations

from typing import Any

from hutch_ratelimit.limits import FixedWindow, Gcra, Limit, SlidingWindow
from hutch_redis import Script, load_script

Ask = tuple[Script, tuple[str | int, ...]]
Figures = tuple[int, int, int]

_EXACT = 2**51
"""Below it what two numbers are packed into is exact in Lua."""
_fixed = load_script("hutch_ratelimit", "take_fixed")
_sliding = load_script("hutch_ratelimit", "take_sliding")
_gcra = load_script("hutch_ratelimit", "take_gcra")


def ask_single(limit: Limit, cost: int, time: str | int) -> Ask | None:
    """Return the script that takes from one counter and its arguments; None if there is none.

    Args:
        limit: The counter's.
        cost: How many units.
        time: In microseconds, where a test tells it; else empty.
    """
    if type(limit) is FixedWindow:  # isinstance() is slow where an ABC says no
        if limit.most * limit.milliseconds >= _EXACT:
            return None
        return _fixed, (limit.most, limit.milliseconds, cost)
    if type(limit) is SlidingWindow:
        if limit.most * limit.milliseconds >= _EXACT:
            return None
        return _sliding, (limit.most, limit.milliseconds, cost, time)
    if type(limit) is Gcra:
        return _gcra, (limit.most, limit.microseconds, cost, time)
    return None


def read_single(limit: Limit, cost: int, reply: Any) -> Figures:
    """Read what such a script returned: units left, wait and reset in microseconds."""
    if type(limit) is FixedWindow:
        return _read_fixed(limit, reply)
    if type(limit) is SlidingWindow:
        return _read_sliding(limit, reply)
    assert type(limit) is Gcra, f"no script takes from {limit!r} alone"
    return _read_gcra(limit, cost, reply)


def _read_fixed(limit: FixedWindow, reply: int) -> Figures:
    used, left = divmod(abs(reply), limit.milliseconds + 1)
    reset = left * 1000
    return limit.most - used, reset if reply < 0 else 0, reset


def _read_sliding(limit: SlidingWindow, reply: int | list[int]) -> Figures:
    if isinstance(reply, list):
        remaining, wait, reset = reply
        return remaining, wait, reset
    remaining, left = divmod(reply, 2 * limit.milliseconds + 1)
    return remaining, 0, left * 1000


def _read_gcra(limit: Gcra, cost: int, reply: int) -> Figures:
    reset, full = abs(reply), limit.most * limit.microseconds
    wait = reset + cost * limit.microseconds - full if reply < 0 else 0
    return (full - reset) // limit.microseconds, wait, reset

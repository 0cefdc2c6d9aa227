"""Single: one counter and no token, which is what most calls are; a shorter script for each kind.

What is not told in the reply follows from the limit. The time is the computer's: nothing but
``reset_at`` depends on it.
"""

from __future__ import annotations

from redis.asyncio import Redis as Client

from hutch_ratelimit.counter import Counter
from hutch_ratelimit.decision import Decision, Quota
from hutch_ratelimit.limits import FixedWindow, Gcra, SlidingWindow
from hutch_redis import load_script

_EXACT = 2**52
_fixed = load_script("hutch_ratelimit", "take_fixed")
_sliding = load_script("hutch_ratelimit", "take_sliding")
_gcra = load_script("hutch_ratelimit", "take_gcra")


async def take_single(
    client: Client, key: str, counter: Counter, cost: int, now: int, *, told: bool
) -> Decision | None:
    """Take from a counter; None if there is no script for its limit alone.

    Args:
        client: Of the state's role.
        key: The counter's.
        counter: The counter.
        cost: How many units.
        now: The time in microseconds.
        told: Whether the script is told the time, for tests.
    """
    limit = counter.limit
    time = now if told else ""
    if isinstance(limit, FixedWindow):
        if limit.most * limit.milliseconds >= _EXACT:
            return None
        reply = await _fixed(client, (key,), (limit.most, limit.milliseconds, cost))
        return _read_fixed(counter, limit, reply, now)
    if isinstance(limit, SlidingWindow):
        reply = await _sliding(client, (key,), (limit.most, limit.milliseconds, cost, time))
        return _decide(counter, now, *reply)
    if isinstance(limit, Gcra):
        reply = await _gcra(client, (key,), (limit.most, limit.microseconds, cost, time))
        return _read_gcra(counter, limit, cost, reply, now)
    return None


def _read_fixed(counter: Counter, limit: FixedWindow, reply: int, now: int) -> Decision:
    used, left = divmod(abs(reply), limit.milliseconds + 1)
    reset = left * 1000
    return _decide(counter, now, limit.most - used, reset if reply < 0 else 0, reset)


def _read_gcra(counter: Counter, limit: Gcra, cost: int, reply: int, now: int) -> Decision:
    reset, full = abs(reply), limit.most * limit.microseconds
    wait = reset + cost * limit.microseconds - full if reply < 0 else 0
    return _decide(counter, now, (full - reset) // limit.microseconds, wait, reset)


def _decide(counter: Counter, now: int, remaining: int, wait: int, reset: int) -> Decision:
    return Decision(wait == 0, (Quota(counter, remaining, wait / 1e6, reset / 1e6, now),))

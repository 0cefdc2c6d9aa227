"""The counters in Redis: each call is one Lua script, and so one trip."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import structlog
from redis.exceptions import RedisError, ResponseError

from hutch_ratelimit.calendars import CalendarWindow
from hutch_ratelimit.counter import Counter, check
from hutch_ratelimit.decision import Decision
from hutch_ratelimit.errors import LimiterUnavailable
from hutch_ratelimit.in_memory import MemoryLimiter, wall_clock
from hutch_ratelimit.limiter import Clock, Counters, Limiter
from hutch_ratelimit.limits import Away, FixedWindow, Gcra, Limit, SlidingWindow
from hutch_ratelimit.single import ask_single, read_single
from hutch_ratelimit.tally import Tally
from hutch_redis import Redis, Script, cannot_serve, load_script

Arg = str | int

_take = load_script("hutch_ratelimit", "take")
_refund = load_script("hutch_ratelimit", "refund")

FAILURES = (RedisError, OSError)
"""What a call can end with; some of it means that nothing can be counted now."""
MOST_KEYS = 10_000
"""How many keys a limiter remembers."""

_log = structlog.get_logger(__name__)


class RedisLimiter(Limiter):
    """Counts in Redis; see ``RateLimiter``.

    Args:
        redis: Its ``state`` role.
        tally: Where decisions are counted.
        when_away: For limits that do not say it themselves.
        clock: The time in microseconds, for tests; else the server's own.
    """

    def __init__(
        self, redis: Redis, tally: Tally, when_away: Away = "closed", clock: Clock | None = None
    ) -> None:
        super().__init__(tally)
        self._redis = redis
        self._when_away: Away = when_away
        self._clock = clock
        # How far this computer's clock is behind the server's, whose dates count.
        self._behind = 0
        self._local = MemoryLimiter()
        self._is_away = False
        self._known: dict[tuple[str, ...], str] = {}

    async def take(self, *counters: Counter, cost: int = 1, token: str | None = None) -> Decision:
        """Take units from all counters, or from none; see ``RateLimiter.take``."""
        check(counters, cost, token)
        try:
            decision = await self._take(counters, cost, token)
        except FAILURES as error:
            if not cannot_serve(error):
                raise
            take = partial(self._local.take, cost=cost, token=token)
            decision = await self._without(error, counters, take)
        self._tally.add(decision)
        return decision

    async def _take(self, counters: Counters, cost: int, token: str | None) -> Decision:
        if token is not None or len(counters) != 1:
            return await self._decide("take", counters, cost, token)
        (counter,), now = counters, self._now()
        limit = counter.limit
        ask = ask_single(limit, cost, "" if self._clock is None else now)
        if ask is None:
            return await self._decide("take", counters, cost, None)
        script, args = ask
        reply = await script(self._redis.state, self._keys(counters, now), args)
        self._works()
        figures = read_single(limit, cost, reply)
        return Decision(figures[1] == 0, counters, figures, now)

    async def _peek(self, counters: Counters, cost: int) -> Decision:
        try:
            return await self._decide("peek", counters, cost, None)
        except FAILURES as error:
            if not cannot_serve(error):
                raise
            return await self._without(error, counters, partial(self._local.peek, cost=cost))

    async def _refund(self, counters: Counters, cost: int, token: str | None) -> bool:
        try:
            reply = await self._run(_refund, (cost,), counters, token)
        except FAILURES as error:
            if not cannot_serve(error):
                raise
            raise self._unavailable(error) from error
        return bool(reply[0])

    async def _clear(self, counters: Counters) -> None:
        try:
            await self._run(_refund, ("all",), counters, None)
        except FAILURES as error:
            if not cannot_serve(error):
                raise
            raise self._unavailable(error) from error

    async def _decide(
        self, mode: str, counters: Counters, cost: int, token: str | None
    ) -> Decision:
        status, now, *figures = await self._run(_take, (mode, cost), counters, token)
        self._works()
        return Decision(status != 0, counters, figures, now, repeated=status == 2)

    async def _run(
        self, script: Script, first: tuple[Arg, ...], counters: Counters, token: str | None
    ) -> list[int]:
        """Run a script; where the computer's date is not the server's, ask again with that."""
        while True:
            now = self._now()
            keys = self._keys(counters, now)
            if token:
                keys.append(self._redis.key("ratelimit-token", _digest(counters, token)))
            args: list[Arg] = ["" if self._clock is None else now, *first]
            for counter in counters:
                args.extend(_arguments(counter.limit, now))
            reply: list[int] = await script(self._redis.state, keys, args)
            if reply[0] >= 0:
                return reply
            # Set, not added to: calls that are under way together all find the same difference.
            self._behind = reply[1] - wall_clock()

    def _now(self) -> int:
        return wall_clock() + self._behind if self._clock is None else self._clock()

    def _keys(self, counters: Counters, now: int) -> list[str]:
        keys: list[str] = []
        for counter in counters:
            limit, parts = counter.limit, counter.parts
            if type(limit) is CalendarWindow:  # isinstance() is slow where an ABC says no
                parts = *parts, limit.period(now // 1000).stamp
            keys.append(self._known.get(parts) or self._key(parts))
        return keys

    def _key(self, parts: tuple[str, ...]) -> str:
        """Build a key and remember it: that takes longer than all else of a call here."""
        if len(self._known) >= MOST_KEYS:
            self._known.clear()
        key = self._known[parts] = self._redis.key(*parts)
        return key

    async def _without(
        self, error: Exception, counters: Counters, count: Callable[..., Awaitable[Decision]]
    ) -> Decision:
        """Decide without Redis, as the limits say."""
        policies = [counter.limit.away or self._when_away for counter in counters]
        if "closed" in policies:
            raise self._unavailable(error) from error
        self._note(error)
        local = [c for c, policy in zip(counters, policies, strict=True) if policy == "local"]
        nothing = Decision(True, (), (), self._now())
        decision = await count(*local) if local else nothing
        counted = iter(decision.figures)
        figures: list[int] = []
        for counter, policy in zip(counters, policies, strict=True):
            full = counter.limit.most, 0, 0
            figures += islice(counted, 3) if policy == "local" else full
        return replace(decision, counters=counters, figures=figures, away=True)

    def _unavailable(self, error: Exception) -> LimiterUnavailable:
        self._note(error)
        self._tally.away += 1
        return LimiterUnavailable(
            f"Redis did not answer ({_named(error)}), and nothing can be counted; try again "
            "soon, or set away='open' or 'local' where a limit may be passed meanwhile."
        )

    def _works(self) -> None:
        if self._is_away:
            self._is_away = False
            _log.info("limits are counted again")

    def _note(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            _log.warning("limits cannot be counted", error=_named(error))


def _named(error: Exception) -> str:
    """Name an error by its kind; where all kinds are one class, by the server's word for it."""
    return str(error).partition(" ")[0] if type(error) is ResponseError else type(error).__name__


def _arguments(limit: Limit, now: int) -> tuple[Any, ...]:
    """Write a limit as ``lua/counters.lua`` reads it."""
    if type(limit) is FixedWindow:
        return "f", limit.most, limit.milliseconds, 0
    if type(limit) is SlidingWindow:
        return "s", limit.most, limit.milliseconds, 0
    if type(limit) is CalendarWindow:
        period = limit.period(now // 1000)
        return "c", limit.most, period.end, period.start
    assert type(limit) is Gcra, f"no script counts {limit!r}"
    return "g", limit.most, limit.microseconds, 0


def _digest(counters: Counters, token: str) -> str:
    # Tokens may tell of people, and keys must not. The periods of calendars are not in it: what
    # a day's counter holds is known when the minute's is over.
    names = ["\0".join(counter.parts) for counter in counters]
    return hashlib.sha256("\n".join([*names, token]).encode()).hexdigest()[:32]

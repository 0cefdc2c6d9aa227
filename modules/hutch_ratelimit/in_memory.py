"""The counters in memory: for tests, for one process, and while Redis is away."""

from __future__ import annotations

import time
from collections.abc import Sequence

from hutch_ratelimit.calendars import CalendarWindow
from hutch_ratelimit.cells import CELLS, Cell
from hutch_ratelimit.counter import Counter, check
from hutch_ratelimit.decision import Decision
from hutch_ratelimit.limiter import Clock, Counters, Limiter
from hutch_ratelimit.tally import Tally
from hutch_ratelimit.took import Took
from hutch_redis import Keys

Name = tuple[str, ...]
FEWEST = 1024
"""With how many counters the limiter begins to look for those that are over."""


_KEYS = Keys("memory")
"""Names are refused here as in Redis, though nothing is stored under them."""


def wall_clock() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


class MemoryLimiter(Limiter):
    """Counts in this process; see ``RateLimiter``.

    Args:
        tally: Where decisions are counted.
        clock: The time in microseconds since 1970; by default the computer's.
    """

    def __init__(self, tally: Tally | None = None, clock: Clock = wall_clock) -> None:
        super().__init__(tally or Tally())
        self._clock = clock
        self._cells: dict[Name, Cell] = {}
        self._tokens: dict[tuple[Name, ...], Took] = {}
        self._sweep_at = FEWEST

    async def take(self, *counters: Counter, cost: int = 1, token: str | None = None) -> Decision:
        """Take units from all counters, or from none; see ``RateLimiter.take``."""
        check(counters, cost, token)
        if token is None and len(counters) == 1:
            decision = self._take_single(counters, cost)
        else:
            decision = self._take_all(counters, cost, token)
        self._tally.add(decision)
        return decision

    def _take_single(self, counters: Counters, cost: int) -> Decision:
        """Take as ``_take_all`` does, for one counter without a token, which most calls are."""
        now, (counter,) = self._clock(), counters
        self._make_room(now)
        cell = self._cell(counter, now)
        wait = cell.look(counter.limit, cost, now)
        if not wait:
            cell.add(cost)
        remaining, reset = cell.report()
        return Decision(not wait, counters, (remaining, wait, reset), now)

    def _take_all(self, counters: Counters, cost: int, token: str | None) -> Decision:
        now = self._clock()
        cells, waits = self._look(counters, cost, now)
        mark = _mark(counters, token)
        took = self._tokens.get(mark)
        if token and took and took.until > now:
            return _decide(counters, cells, [0] * len(cells), now, repeated=True)
        if not any(waits):
            for cell in cells:
                cell.add(cost)
            if token:
                longest = max(cell.report()[1] for cell in cells)
                until = now + max(1000, -(-longest // 1000) * 1000)
                self._tokens[mark] = Took(cost, until, tuple(cell.mark for cell in cells))
        return _decide(counters, cells, waits, now)

    async def _peek(self, counters: Counters, cost: int) -> Decision:
        now = self._clock()
        return _decide(counters, *self._look(counters, cost, now), now)

    async def _refund(self, counters: Counters, cost: int, token: str | None) -> bool:
        now = self._clock()
        marks: Sequence[int | None] = [None] * len(counters)
        if token:
            took = self._tokens.pop(_mark(counters, token), None)
            if took is None or took.until <= now:
                return False
            cost, marks = took.cost, took.marks
        cells, _ = self._look(counters, cost, now)
        given = [cell.give(cost, mark) for cell, mark in zip(cells, marks, strict=True)]
        return any(given)

    async def _clear(self, counters: Counters) -> None:
        now = self._clock()
        for counter in counters:
            self._cells.pop(_name(counter, now), None)

    def _look(self, counters: Counters, cost: int, now: int) -> tuple[list[Cell], list[int]]:
        """Return the cells, and how long each has to be waited for until the cost fits."""
        self._make_room(now)
        cells = [self._cell(counter, now) for counter in counters]
        looked = zip(cells, counters, strict=True)
        return cells, [cell.look(counter.limit, cost, now) for cell, counter in looked]

    def _cell(self, counter: Counter, now: int) -> Cell:
        name, kind = _name(counter, now), CELLS[type(counter.limit)]
        cell = self._cells.get(name)
        if cell is not None and type(cell) is kind:
            return cell
        _KEYS.key(*name)
        cell = self._cells[name] = kind()
        return cell

    def _make_room(self, now: int) -> None:
        """Forget what is over, now and then: names come from outside, and without end.

        Before a call looks for its cells, for those that are new to it hold nothing yet.
        """
        if len(self._cells) + len(self._tokens) < self._sweep_at:
            return
        self._cells = {name: cell for name, cell in self._cells.items() if cell.over > now}
        self._tokens = {mark: took for mark, took in self._tokens.items() if took.until > now}
        self._sweep_at = max(FEWEST, 2 * (len(self._cells) + len(self._tokens)))


def _name(counter: Counter, now: int) -> Name:
    limit = counter.limit
    if type(limit) is CalendarWindow:  # isinstance() is slow where an ABC says no
        return *counter.parts, limit.period(now // 1000).stamp
    return counter.parts


def _mark(counters: Counters, token: str | None) -> tuple[Name, ...]:
    """Name a token's take; without the periods of calendars, for one may outlive the other."""
    return *[counter.parts for counter in counters], (token or "",)


def _decide(
    counters: Counters,
    cells: Sequence[Cell],
    waits: Sequence[int],
    now: int,
    *,
    repeated: bool = False,
) -> Decision:
    figures: list[int] = []
    for cell, wait in zip(cells, waits, strict=True):
        remaining, reset = cell.report()
        figures += remaining, wait, reset
    return Decision(not any(waits), counters, figures, now, repeated)

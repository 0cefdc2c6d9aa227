"""The counters in memory: for tests, for one process, and while Redis is away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hutch_ratelimit.calendars import CalendarWindow
from hutch_ratelimit.cells import CELLS, Cell
from hutch_ratelimit.counter import Counter
from hutch_ratelimit.decision import Decision, Quota
from hutch_ratelimit.limiter import Clock, Limiter
from hutch_ratelimit.tally import Tally
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
        self._tokens: dict[tuple[Name, ...], tuple[int, int]] = {}
        """What a token took, and until when that is known."""
        self._sweep_at = FEWEST

    async def _take(self, counters: tuple[Counter, ...], cost: int, token: str | None) -> Decision:
        now = self._clock()
        names = [_name(counter, now) for counter in counters]
        cells, waits = self._look(names, counters, cost, now)
        mark = (*names, (token,)) if token else ()
        if mark and self._tokens.get(mark, (0, 0))[1] > now:
            decision = _decide(counters, cells, [0] * len(cells), now)
            return replace(decision, repeated=True)
        if not any(waits):
            for cell in cells:
                cell.add(cost)
            if mark:
                longest = max(cell.reset for cell in cells)
                self._tokens[mark] = cost, now + max(1000, -(-longest // 1000) * 1000)
        return _decide(counters, cells, waits, now)

    async def _peek(self, counters: tuple[Counter, ...], cost: int) -> Decision:
        now = self._clock()
        names = [_name(counter, now) for counter in counters]
        cells, waits = self._look(names, counters, cost, now)
        return _decide(counters, cells, waits, now)

    async def _refund(self, counters: tuple[Counter, ...], cost: int, token: str | None) -> bool:
        now = self._clock()
        names = [_name(counter, now) for counter in counters]
        if token:
            cost, until = self._tokens.pop((*names, (token,)), (0, 0))
            if until <= now:
                return False
        cells, _ = self._look(names, counters, cost, now)
        given = [cell.give(cost) for cell in cells]
        return any(given)

    async def _clear(self, counters: tuple[Counter, ...]) -> None:
        now = self._clock()
        for counter in counters:
            self._cells.pop(_name(counter, now), None)

    def _look(
        self, names: Sequence[Name], counters: Sequence[Counter], cost: int, now: int
    ) -> tuple[list[Cell], list[int]]:
        """Return the cells, and how long each has to be waited for until the cost fits."""
        self._make_room(now)
        cells: list[Cell] = []
        for name, counter in zip(names, counters, strict=True):
            cell = self._cells.get(name)
            kind = CELLS[type(counter.limit)]
            if type(cell) is not kind:
                cell = self._new(name, kind)
            assert cell is not None
            cells.append(cell)
        looked = zip(cells, counters, strict=True)
        return cells, [cell.look(counter.limit, cost, now) for cell, counter in looked]

    def _new(self, name: Name, kind: type[Cell]) -> Cell:
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
        self._tokens = {mark: took for mark, took in self._tokens.items() if took[1] > now}
        self._sweep_at = max(FEWEST, 2 * (len(self._cells) + len(self._tokens)))


def _name(counter: Counter, now: int) -> Name:
    limit = counter.limit
    if isinstance(limit, CalendarWindow):
        return *counter.parts, limit.period(now // 1000).stamp
    return counter.parts


def _decide(
    counters: Sequence[Counter], cells: Sequence[Cell], waits: Sequence[int], now: int
) -> Decision:
    quotas = tuple(
        [
            Quota(counter, cell.remaining, wait / 1e6, cell.reset / 1e6, now)
            for counter, cell, wait in zip(counters, cells, waits, strict=True)
        ]
    )
    return Decision(not any(waits), quotas)

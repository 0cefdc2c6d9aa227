"""Deadlines: a time limit on requests, for next to nothing."""

from __future__ import annotations

import asyncio
from typing import Any


class Clock:
    """One request's time; a task may serve a request while it serves another."""

    __slots__ = ("deadline", "task")

    def __init__(self, task: asyncio.Task[Any], deadline: float) -> None:
        """Start it; the deadline is in the loop's time."""
        self.task = task
        self.deadline = deadline


class Deadlines:
    """Cancels tasks that work on a request for too long.

    All requests share one limit, so the oldest expires first and one timer is
    enough: a request costs an entry in a dictionary, where ``asyncio.timeout``
    costs a timer.
    """

    __slots__ = ("_limit", "_running", "_timer")

    def __init__(self, limit: float) -> None:
        """Set the limit, in seconds."""
        self._limit = limit
        self._running: dict[Clock, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Clock:
        """Let the current task's time run; hand the result to ``end``."""
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        clock = Clock(task, loop.time() + self._limit)
        self._running[clock] = None
        if self._timer is None:
            self._timer = loop.call_later(self._limit, self._sweep, loop)
        return clock

    def end(self, clock: Clock) -> bool:
        """Stop the clock; tell whether the task was cancelled because its time was over."""
        if clock in self._running:
            del self._running[clock]
            return False
        # Where somebody else cancelled it too, it stays cancelled.
        return clock.task.uncancel() == 0

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for clock in list(self._running):
            if clock.deadline > now:
                self._timer = loop.call_at(clock.deadline, self._sweep, loop)
                return
            del self._running[clock]
            clock.task.cancel()

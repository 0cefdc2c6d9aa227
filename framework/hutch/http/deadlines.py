"""Deadlines: a time limit on requests, for next to nothing."""

from __future__ import annotations

import asyncio
from typing import Any


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
        self._running: dict[asyncio.Task[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> asyncio.Task[Any]:
        """Let the current task's time run; hand the result to ``end``."""
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        self._running[task] = loop.time() + self._limit
        if self._timer is None:
            self._timer = loop.call_later(self._limit, self._sweep, loop)
        return task

    def end(self, task: asyncio.Task[Any]) -> bool:
        """Stop the clock; tell whether the task was cancelled because its time was over."""
        if self._running.pop(task, None) is not None:
            return False
        # Where somebody else cancelled it too, it stays cancelled.
        return task.uncancel() == 0

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for task, deadline in list(self._running.items()):
            if deadline > now:
                self._timer = loop.call_at(deadline, self._sweep, loop)
                return
            del self._running[task]
            task.cancel()

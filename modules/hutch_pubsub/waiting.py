"""Waiting: for something, or until an event says to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

SLICES = 5
"""So many parts a time is waited for in. A loop that is late is late in one of them only, and in
the others it still hears what has come meanwhile."""


async def unless(stop: asyncio.Event, awaitable: Awaitable[T]) -> T | None:
    """Await something that may take long; when the event is set first it is cancelled: None."""
    task = asyncio.ensure_future(awaitable)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopping.cancel()
        await asyncio.wait([task, stopping])


async def within(seconds: float, awaitable: Awaitable[T]) -> T:
    """Await something for so long, not counting for how long this process was late itself.

    Raises:
        TimeoutError: It took longer.
    """
    async with asyncio.timeout(None) as limit:  # wait_for loses a cancellation on Python 3.11
        countdown = _Countdown(limit, seconds / SLICES)
        try:
            return await awaitable
        finally:
            countdown.stop()


class _Countdown:
    """Sets off a limit after all slices, one timer after the other."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._left = SLICES
        self._timer = self._loop.call_later(seconds, self._count)

    def stop(self) -> None:
        self._timer.cancel()

    def _count(self) -> None:
        self._left -= 1
        if self._left:
            self._timer = self._loop.call_later(self._seconds, self._count)
        else:
            self._limit.reschedule(self._loop.time())


async def calmly(seconds: float) -> None:
    """Sleep so long, and longer where this process is late: others are then not the late ones."""
    for _ in range(SLICES):
        await asyncio.sleep(seconds / SLICES)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so many seconds, or until the event is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()

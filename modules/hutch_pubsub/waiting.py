"""Waiting: for something, or until an event says to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


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
    """Await something for so long.

    Raises:
        TimeoutError: It took longer.
    """
    async with asyncio.timeout(seconds):  # wait_for loses a cancellation on Python 3.11
        return await awaitable


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so many seconds, or until the event is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()

"""Tasks: how asyncio's are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from threading import Event, Thread
from typing import Any


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, or 5 seconds: one may refuse to end."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    if cancelled:
        await asyncio.wait(cancelled, timeout=5)


def let_go(task: asyncio.Task[Any]) -> None:
    """Wait no more for a task that swallows its cancellation: the process ends without it.

    Whoever runs the loop (``asyncio.run``, uvicorn, a test) waits at its end for all tasks
    that asyncio lists. What is then left Python throws GeneratorExit into, and one that
    swallows that, too, would run for ever; it spares what a daemon thread holds.
    """
    asyncio._unregister_task(task)  # pyright: ignore[reportPrivateUsage]
    Thread(target=_hold, args=(task,), name="hutch job", daemon=True).start()


def _hold(_: asyncio.Task[Any]) -> None:
    Event().wait()

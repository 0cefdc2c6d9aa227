"""Worker: what runs the jobs of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Worker(Protocol):
    """Runs jobs while its context is entered.

    On the way out it takes no more, lets those that run finish within the grace
    (``HUTCH_QUEUE__SHUTDOWN_GRACE``) and hands back the rest.
    """

    def running(self) -> AbstractAsyncContextManager[None]:
        """Run jobs meanwhile."""
        ...


async def work(worker: Worker) -> AsyncIterator[None]:
    """Run the worker as a service of the app."""
    async with worker.running():
        yield


async def finish(tasks: Iterable[asyncio.Task[Any]], grace: float) -> None:
    """Let tasks end within ``grace`` seconds, then cancel what is left and wait for that."""
    left = set(tasks)
    if left:
        _, left = await asyncio.wait(left, timeout=grace)
    await cancel(left)


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, or 5 seconds: one may refuse to end."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    if cancelled:
        await asyncio.wait(cancelled, timeout=5)

"""Health keys: which workers live, and how long the queues are."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from hutch_cache import Cache
from hutch_queue import QueueAdmin, QueueUnavailable
from rabbit24.keys import BEAT, DEPTH, HEARTBEAT


@dataclass(frozen=True, slots=True)
class Heart:
    """Tells of this worker and of the queues; what it tells ends soon after it does."""

    cache: Cache
    admin: QueueAdmin

    async def beat(self) -> None:
        """Tell once."""
        await self.cache.set(HEARTBEAT.key(worker_id()), int(time.time() * 1000))
        # Without Redis there is nothing to tell, and nobody to hear it.
        with suppress(QueueUnavailable):
            for name in self.admin.names():
                stats = await self.admin.stats(name)
                await self.cache.set(DEPTH.key(name), stats.waiting + stats.paused)

    async def forget(self) -> None:
        """Tell that this worker is gone."""
        await self.cache.delete(HEARTBEAT.key(worker_id()))


def worker_id() -> str:
    """Name this process."""
    return f"{socket.gethostname()}-{os.getpid()}"


async def beating(heart: Heart) -> AsyncIterator[None]:
    """Beat as long as the worker runs."""
    task = asyncio.create_task(_beat_on(heart))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await heart.forget()


async def _beat_on(heart: Heart) -> None:
    while True:
        await heart.beat()
        await asyncio.sleep(BEAT.total_seconds())

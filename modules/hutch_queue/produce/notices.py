"""Notices: who waits for a job hears of its end at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hutch_queue.storage.store import Store
from hutch_queue.storage.stores import Stores
from hutch_queue.worker.tasks import cancel

START = 0.25
"""Seconds that a first listener waits for the connection; without it looking is by the clock."""

Key = tuple[str, str]


class Notices:
    """One subscription for all who wait in this process; it begins with the first of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[Key, set[asyncio.Event]] = defaultdict(set)
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def about(self, base: str, *ids: str) -> AsyncIterator[asyncio.Event]:
        """Set the event whenever one of the jobs ends or will be tried again."""
        heard = asyncio.Event()
        keys = {(base, id) for id in ids}
        for key in keys:
            self._waiting[key].add(heard)
        try:
            await self._listen()
            yield heard
        finally:
            for key in keys:
                self._waiting[key].discard(heard)
                if not self._waiting[key]:
                    del self._waiting[key]

    async def close(self) -> None:
        """End the subscription."""
        if self._task:
            await cancel([self._task])

    async def _listen(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="queue notices")
        if not self._listening.is_set():
            await asyncio.wait([asyncio.ensure_future(self._listening.wait())], timeout=START)

    async def _run(self) -> None:
        while True:
            await self._store.patiently(self._hear)

    async def _hear(self) -> None:
        try:
            async with self._store.listen() as notices:
                self._listening.set()
                async for batch in notices:
                    for base, _, id in batch:
                        for heard in self._waiting.get((base, id), ()):
                            heard.set()
        finally:
            self._listening.clear()


async def open_notices(stores: Stores) -> AsyncIterator[Notices]:
    """Open the process's subscription."""
    notices = Notices(stores.patient)
    yield notices
    await notices.close()

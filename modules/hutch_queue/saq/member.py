"""Member: a SAQ queue as a worker of the store, for as long as its connection lasts.

It lives by SAQ's own timers: a worker of SAQ's calls ``schedule`` each second. Its calls come
one after the other: after an error it comes back under a new name, and what an earlier
call might still claim under the old one would be lost to both.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog
from saq.types import WorkerInfo

from hutch_queue.names import QueueName
from hutch_queue.produce.record import Json
from hutch_queue.storage.store import Ended, Store
from hutch_queue.worker.attempts import Held, now
from hutch_queue.worker.load import LAST
from hutch_queue.worker.presence import DEATHS

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Member:
    """Claims jobs one by one, and tells of their ends.

    Args:
        store: One that waits: its calls may take as long as the connection lasts.
        queue: Where the jobs are.
        lease: Seconds without a sign of life after which others have its jobs.

    Attributes:
        quiet: Whether an operator wants it to take no more jobs.
    """

    def __init__(self, store: Store, queue: QueueName, lease: float) -> None:
        self._store = store
        self._queue = queue
        self._lease = round(lease * 1000)
        self._names: list[str] = []
        self._joined = False
        self._held: dict[str, Held] = {}
        self._workers: dict[str, Json] = {}
        self._since = now()
        self.quiet = False
        self._lock = asyncio.Lock()

    @property
    def name(self) -> str:
        """The name under which it is known now."""
        return self._names[-1]

    def holds(self, id: str, fence: int) -> Held | None:
        """Return the claim on a job, if it is this run's; with fence 0 any run's."""
        held = self._held.get(id)
        return held if held and fence in (0, held.claim.attempt) else None

    async def claim(self) -> tuple[Held | None, float | None]:
        """Claim a job if one waits.

        Returns:
            It, and the seconds until one is due, None if none is planned.
        """
        if self.quiet:
            return None, None

        async def take() -> tuple[Held | None, float | None] | None:
            turn = await self._store.turn(self._queue.name, self.name, [], 1, self._queue.keeping)
            if turn is None:
                return None
            for claim in turn.claims:
                held = self._held[claim.id] = Held.of(claim, self.name)
                return held, turn.next_look
            return None, turn.next_look

        return await self._patiently(take)

    async def end(self, ended: Ended) -> None:
        """Say what became of a run; nothing happens if the job is no longer held.

        Where the store is away for longer than the lease the job is somebody else's.
        """

        async def tell() -> bool | None:
            if not self.holds(ended.id, ended.attempt):
                return False  # told already, and the answer was lost; or others have it
            keeping = self._queue.keeping
            turn = await self._store.turn(self._queue.name, self.name, [ended], 0, keeping)
            if turn is not None:
                del self._held[ended.id]
            return None if turn is None else True

        try:
            async with asyncio.timeout(self._lease / 1000):
                await self._patiently(tell)
        except TimeoutError:
            self._held.pop(ended.id, None)
            _log.warning("end of a job is not told", job_id=ended.id, queue=self._queue.name)

    async def note(self, held: Held, text: str) -> None:
        """Keep what a run tells of itself, if it still holds the job."""
        claim = held.claim
        await self._store.move(
            self._queue.name, "note", "progress", claim.id, claim.attempt, self.name, text
        )

    async def beat(self) -> None:
        """Show a sign of life, and take the jobs of the dead back."""
        await self._patiently(lambda: self._beat(self._lease))

    def tell(self, worker: str, info: WorkerInfo, seconds: float) -> None:
        """Set what the next signs of life say of one of SAQ's workers."""
        self._workers[worker] = {**info, "until": now() + round(seconds * 1000)}

    async def leave(self) -> None:
        """Give back what is held, and be a worker no more."""
        if not self._joined:
            return
        # Where the store is away the lease runs out by itself.
        with suppress(*self._store.away, TimeoutError):
            async with asyncio.timeout(LAST):
                for held in list(self._held.values()):
                    await self.end(held.end("snooze"))
                await self._beat(0)
        self._joined = False
        self._names.clear()

    async def _beat(self, lease: int) -> bool | None:
        name, keeping = self._queue.name, self._queue.keeping
        beat = await self._store.beat(name, self.name, lease, self._info(), keeping, DEATHS)
        if beat is None:
            return None
        self.quiet = beat.quiet
        return True

    def _info(self) -> str:
        return json.dumps(
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": self._since,
                "running": len(self._held),
                "quiet": self.quiet,
                "saq": self._workers,
            }
        )

    async def _patiently(self, call: Callable[[], Awaitable[T | None]]) -> T:
        """Repeat a call until the store answers it, and knows who asks."""

        async def one_by_one() -> T:
            async with self._lock:
                while True:
                    if not self._joined:
                        await self._join()
                    try:
                        found = await call()
                    except BaseException:
                        self._joined = False  # only a new name tells what it did
                        raise
                    if found is not None:
                        return found
                    self._lose_all()

        return await self._store.patiently(one_by_one)

    async def _join(self) -> None:
        self._names.append(f"{os.getpid():x}-{secrets.token_urlsafe(6)}")
        kept = await self._store.join(
            self._queue.name,
            self.name,
            self._lease,
            self._info(),
            self._queue.limits,
            self._names[:-1],
            [(held.claim.id, held.claim.attempt) for held in self._held.values()],
        )
        self._held = {id: held for id, held in self._held.items() if id in kept}
        del self._names[:-1]
        self._joined = True

    def _lose_all(self) -> None:
        if self._held:
            _log.warning("worker has lost its lease", queue=self._queue.name, jobs=len(self._held))
        self._held.clear()
        self._joined = False

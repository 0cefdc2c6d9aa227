"""Presence: a consumer as the store knows it, under a name and with a lease.

The name lasts for as long as the connection does: after an error nobody knows what the
store did, so the consumer comes back under a new one and hears what is still its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable

import structlog

from hutch_queue.names import QueueName
from hutch_queue.storage.store import Store
from hutch_queue.worker.attempts import now
from hutch_queue.worker.load import Load

BUSY_BEAT = 1.0
"""Seconds between signs of life while jobs run, so that they hear in time when to stop."""
BETWEEN = 0.5
"""Seconds between two times that it comes back, where the store answers and yet does not serve."""
MOST_NAMES = 100
"""Names of its own that it still asks about; older ones lose what they hold with their lease."""
DEATHS = 3
"""How many workers a job may cost before it is put among the failed."""

_log = structlog.get_logger(__name__)


class Presence:
    """Comes, shows signs of life, comes back, and leaves.

    Args:
        store: One that waits: its calls may take as long as the connection lasts.
        queue: Where it works.
        load: Its jobs.
        lease: Seconds without a sign of life after which others have its jobs.
        concurrency: How many jobs it runs at once.

    Attributes:
        gone: Whether it has to come back before it can do anything.
        quiet: Whether an operator wants it to take no more jobs.
        joined: Set while the store knows its name.
        back: Set when it has come back.
    """

    def __init__(
        self, store: Store, queue: QueueName, load: Load, lease: float, concurrency: int
    ) -> None:
        self._store = store
        self._queue = queue
        self._load = load
        self._lease = lease
        self._concurrency = concurrency
        self._names: list[str] = []
        self._since = now()
        self._joining = asyncio.Lock()
        self._came = 0.0
        self.gone = False
        self.quiet = False
        self.joined = asyncio.Event()
        self.back = asyncio.Event()

    @property
    def name(self) -> str:
        """The name under which it is known now."""
        return self._names[-1]

    @property
    def known(self) -> bool:
        """Whether it ever came."""
        return bool(self._names)

    async def join(self) -> None:
        """Come under a new name, and stop what is not its own any more."""

        async def join() -> set[str]:
            self._names[:-MOST_NAMES] = []
            self._names.append(f"{os.getpid():x}-{secrets.token_urlsafe(6)}")
            async with asyncio.timeout(self._lease):
                return await self._store.join(
                    self._queue.name,
                    self.name,
                    self._milliseconds,
                    self._info(),
                    self._queue.limits,
                    self._names[:-1],
                    self._load.holds(),
                )

        clock = asyncio.get_running_loop().time
        self.gone = True
        self.joined.clear()
        await asyncio.sleep(self._came + BETWEEN - clock())
        kept = await self._until_accepted(join)
        self._came = clock()
        del self._names[:-1]
        self.gone = False
        self._load.keep(kept)
        self.joined.set()

    async def _until_accepted(self, join: Callable[[], Awaitable[set[str]]]) -> set[str]:
        while True:
            try:
                return await self._store.patiently(join)
            except Exception as error:
                self.lose_touch(error)
                await asyncio.sleep(BETWEEN)

    async def rejoin(self) -> None:
        """Come back, where nobody else has done it meanwhile."""
        async with self._joining:
            if self.gone:
                await self.join()
                self.back.set()
                _log.info("worker is back under a new name", queue=self._queue.name)

    def lose_touch(self, error: Exception) -> None:
        """Come back under a new name: nobody knows what the store did, or why it refuses."""
        if not isinstance(error, self._store.away):
            reason = f"{type(error).__name__}: {error}"
            _log.error("queue refuses its worker", queue=self._queue.name, reason=reason)
        self.gone = True
        self._load.news.set()

    def lose_all(self) -> None:
        """Stop everything: the lease ran out, and others have the jobs."""
        jobs = len(self._load.running)
        _log.warning("worker has lost its lease", queue=self._queue.name, jobs=jobs)
        self._load.keep(set())
        self.gone = True
        self._load.news.set()

    async def beat(self) -> None:
        """Show signs of life, and hear what shall stop."""
        clock = asyncio.get_running_loop().time
        last = clock()
        while True:
            await asyncio.sleep(min(self._lease / 3, BUSY_BEAT))
            if not self._load.running and clock() - last < self._lease / 3 - BUSY_BEAT / 2:
                continue
            await self.joined.wait()
            last = clock()
            try:
                async with asyncio.timeout(self._lease):
                    await self._beat_once()
            except Exception as error:
                self.lose_touch(error)

    async def _beat_once(self) -> None:
        name = self.name
        beat = await self._store.beat(
            self._queue.name,
            name,
            self._milliseconds,
            self._info(),
            self._queue.keeping,
            DEATHS,
        )
        if name != self.name:
            return  # it came back meanwhile under a new one
        if beat is None:
            self.lose_all()
            return
        if self.quiet != beat.quiet:
            self.quiet = beat.quiet
            self._load.news.set()
        for id, reason in beat.aborting.items():
            if id in self._load.running:
                self._load.running[id].cancel("aborted", reason)

    async def leave(self) -> None:
        """Be known no more: what it still holds is for others."""
        await self._store.beat(
            self._queue.name, self.name, 0, self._info(), self._queue.keeping, DEATHS
        )

    @property
    def _milliseconds(self) -> int:
        return round(self._lease * 1000)

    def _info(self) -> str:
        return json.dumps(
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": self._since,
                "concurrency": self._concurrency,
                "running": len(self._load.running),
                "quiet": self.quiet,
                **self._load.counts,
            }
        )

"""Intake: takes the entries of one inbox, one trip after the other, and has them handled.

A trip settles what has ended and takes as many entries as there are free places, never more.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from hutch_pubsub.desk import Desk
from hutch_pubsub.errors import shown
from hutch_pubsub.inbox_metrics import InboxTally
from hutch_pubsub.inbox_spec import milliseconds
from hutch_pubsub.lanes import Lanes
from hutch_pubsub.renewal import Renewal
from hutch_pubsub.resting import Resting
from hutch_pubsub.settings import PubsubSettings
from hutch_pubsub.storage import Done, Entry, InboxStore, Turn
from hutch_pubsub.waiting import calmly, pause, unless, within

BLOCK = 5.0
"""Seconds that a wait for new entries lasts at most."""
TEND = 1.0
"""Seconds between two looks for entries that others left behind."""
SOON = 0.005
"""Seconds after its time at which a failed message is looked for."""
MOST = 100
"""How many entries one trip takes at most."""
SETTLED = 1000
"""How many ends one trip tells at most."""
ANSWER = 2.0
"""Seconds without an answer after which a host has vanished; a trip is given a lease at least."""
BETWEEN = 0.5
"""Seconds between two attempts, where the store answers and yet refuses."""
DRAIN = 0.1
"""Seconds between two attempts of a stopping intake."""
LAST = 5.0
"""Seconds that a stopping intake waits for handlers it cancelled, and for a store that is away."""

_log = structlog.get_logger(__name__)


class Intake:
    """Handles the messages of one inbox in this process.

    Args:
        store: One that waits: its calls may take as long as the connection lasts.
    """

    def __init__(
        self, store: InboxStore, desk: Desk, settings: PubsubSettings, tally: InboxTally
    ) -> None:
        self._store = store
        self._tally = tally
        self._spec = desk.consuming.spec
        self._grace = settings.shutdown_grace
        self._lease = max(round(settings.lease * 1000), milliseconds(self._spec.retry_after))
        self._name = f"{os.getpid():x}-{secrets.token_urlsafe(6)}"
        self._event = asyncio.Event()
        self._renewal = Renewal(store, self._spec, self._name, self._lease, self._event.set)
        self._lanes = Lanes(desk, self._end, self._renewal.soon)
        self._patience = max(self._lease / 1000, ANSWER)
        self._done: list[Done] = []
        self._resting = Resting()
        self._idle = asyncio.Event()
        self._last = "0-0"
        self._new = True
        self._opened = False
        self._tending = False
        self._cursor = "-"
        self._alarmed = False
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Take and handle messages until told to stop; hand back what does not end in time."""
        parts = {
            "listen": self._listen(),
            "look": self._look(),
            "renew": self._renewal.run(self._lanes),
        }
        helpers = [
            asyncio.create_task(part, name=f"{name} {self._spec.name}")
            for name, part in parts.items()
        ]
        try:
            await self._take()
            await self._finish()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.wait(helpers)

    def stop(self) -> None:
        """Take no more."""
        self._stopping.set()
        self._event.set()

    async def _take(self) -> None:
        while not self._stopping.is_set():
            if not self._opened:
                await self._trip(self._open)
            elif self._tending:
                await self._trip(self._tend)
            elif self._done or (self._new and self._lanes.free):
                await self._trip(lambda: self._turn(self._free))
            else:
                self._event.clear()
                await self._event.wait()
                await asyncio.sleep(0)  # let others end before the trip is made

    @property
    def _free(self) -> int:
        return min(MOST, self._lanes.free)

    async def _trip(self, trip: Callable[[], Awaitable[None]]) -> bool:
        try:
            await within(self._patience, trip())
        except Exception as error:
            await self._recover(error)
            return False
        return True

    async def _open(self) -> None:
        await self._store.open(self._spec)
        self._opened = True

    async def _turn(self, want: int) -> None:
        done, self._done = self._done[:SETTLED], self._done[SETTLED:]
        asked = time.monotonic()
        try:
            turn = await self._store.turn(self._spec, self._name, done, want, self._lease)
        except BaseException:
            self._done[:0] = done
            raise
        if want > 0:
            self._new = not turn.last
        if turn.last:
            self._last = turn.last
            self._idle.set()
        if any(one.kind == "later" for one in done):
            delay = milliseconds(self._spec.retry_after) / 1000 + SOON
            asyncio.get_running_loop().call_later(delay, self._look_now)
        self._begin(turn, asked)

    async def _tend(self) -> None:
        self._tending, asked = False, time.monotonic()
        turn = await self._store.tend(self._spec, self._name, self._cursor, self._free, self._lease)
        self._cursor = turn.cursor
        self._begin(turn, asked)
        self._watch_length(turn.length or 0)

    def _begin(self, turn: Turn, asked: float) -> None:
        for reason, count in turn.moved.items():
            self._tally.count(self._spec.name, reason, count)
            _log.warning(
                "entries are put aside", inbox=self._spec.name, reason=reason, entries=count
            )
        for id in turn.gone:
            _log.error("entry was deleted unhandled", inbox=self._spec.name, entry=id)
        self._resting.take(turn.entries)
        self._lanes.begin(self._not_done(turn.entries), asked + self._lease / 1000)

    def _not_done(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Leave out what is done and not told yet; forget other ends of what came anew."""
        if not self._done or not entries:
            return entries
        done = {one.id for one in self._done if one.kind == "ack"}
        anew = {entry.id for entry in entries} - done
        self._done = [one for one in self._done if one.id not in anew]
        return [entry for entry in entries if entry.id not in done]

    def _watch_length(self, length: int) -> None:
        alarm = self._spec.alarm_at is not None and length >= self._spec.alarm_at
        if alarm and not self._alarmed:
            _log.warning("inbox is nearly full", inbox=self._spec.name, entries=length)
        self._alarmed = alarm

    def _end(self, done: Done) -> None:
        self._done.append(done)
        if done.kind in ("later", "back"):
            self._resting.put(done.id, done.deliveries - (done.kind == "back"))
        self._tally.count(self._spec.name, done.kind)
        self._event.set()

    async def _listen(self) -> None:
        """Be woken by new entries, when all were taken."""
        while True:
            await self._idle.wait()
            self._idle.clear()
            with suppress(Exception):  # a turn meets the same error, and says so
                await self._store.patiently(
                    lambda: within(BLOCK + ANSWER, self._store.wait(self._spec, self._last, BLOCK))
                )
            self._new = True
            self._event.set()

    async def _look(self) -> None:
        """Look for abandoned entries by the clock, not all consumers at once."""
        while True:
            await calmly(TEND * random.uniform(0.8, 1.2))  # noqa: S311
            self._look_now()

    def _look_now(self) -> None:
        self._tending = True
        self._event.set()

    async def _recover(self, error: Exception) -> None:
        """Wait for the store, then hand back what it gave in a reply that was lost."""
        if not isinstance(error, self._store.away):
            _log.error("inbox refuses its consumer", inbox=self._spec.name, error=shown(error))
            self._opened = False
            await pause(self._stopping, BETWEEN)
        try:
            asking = self._store.patiently(
                lambda: within(self._patience, self._store.held(self._spec, self._name))
            )
            held = await unless(self._stopping, asking)
        except Exception:
            self._opened = False  # it may not be there any more
            return
        known = self._lanes.held.keys() | {done.id for done in self._done}
        self._done += self._resting.hand_back(held or {}, known)
        self._new = True

    async def _finish(self) -> None:
        """Let handlers end within the grace, then hand back the rest."""
        self._lanes.hand_back_waiting()
        with suppress(TimeoutError):
            await within(self._grace, self._drain())
        if left := await self._lanes.hand_back(LAST):
            _log.warning("messages are handed back", inbox=self._spec.name, entries=left)
        with suppress(Exception):
            async with asyncio.timeout(LAST):
                while self._done:
                    await self._turn(-1)
                await self._store.leave(self._spec, self._name)

    async def _drain(self) -> None:
        while self._lanes.held or self._done:
            if self._done:
                if not await self._trip(lambda: self._turn(-1)):
                    await asyncio.sleep(DRAIN)
            else:
                self._event.clear()
                await self._event.wait()

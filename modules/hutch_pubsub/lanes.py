"""Lanes: handle entries side by side.

A lane handles one entry after the other; one that waits lets the next lane begin, so that
handlers which do not wait need no task of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog

from hutch_pubsub.desk import Desk
from hutch_pubsub.storage import Done, Entry

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Lane:
    """A task that handles entries.

    Attributes:
        entry: Which one now.
        lost: Whether somebody else has it meanwhile.
    """

    task: asyncio.Task[None] | None = None
    entry: Entry | None = None
    lost: bool = False


class Lanes:
    """The entries that this process has of one inbox.

    Args:
        ended: Called with the end of each entry, but for those that were lost.
        lapsed: Called when an entry's turn came after its lease: it waits to be renewed.

    Attributes:
        held: All of them by number, begun or not.
    """

    def __init__(
        self, desk: Desk, ended: Callable[[Done], None], lapsed: Callable[[], None]
    ) -> None:
        self.held: dict[str, Entry] = {}
        self._until: dict[str, float] = {}
        self._desk = desk
        self._ended = ended
        self._lapsed = lapsed
        self._most = desk.consuming.concurrency
        self._waiting: deque[str] = deque()
        self._lanes: set[Lane] = set()
        self._starting: Lane | None = None

    @property
    def free(self) -> int:
        """How many more entries there is room for."""
        return max(0, self._most - len(self.held))

    def begin(self, entries: Iterable[Entry], until: float) -> None:
        """Handle entries, as soon as there is a lane; their lease lasts until then, monotonic.

        What was taken from here and came back without a word between goes on.
        """
        for entry in entries:
            if entry.id not in self.held:
                self._waiting.append(entry.id)
            self.held[entry.id] = entry
            self._until[entry.id] = until
        self._start()

    def renew(self, ids: Iterable[str], until: float) -> None:
        """Note that the lease of entries lasts longer."""
        for id in ids:
            if id in self.held:
                self._until[id] = max(until, self._until[id])
        self._start()

    def lose(self, deliveries: Mapping[str, int]) -> list[str]:
        """Stop with what somebody else has, unless it came back since; return what was here."""
        lost = {id for id, entry in self.held.items() if deliveries.get(id) == entry.deliveries}
        self._waiting = deque(id for id in self._waiting if id not in lost)
        for lane in self._working():
            if lane.entry is not None and lane.entry.id in lost and lane.task is not None:
                lane.lost = True
                lane.task.cancel()
        for id in lost:
            del self.held[id], self._until[id]
        return sorted(lost)

    def hand_back_waiting(self) -> None:
        """End entries that were not begun."""
        while self._waiting:
            self._end(Done(self._waiting.popleft(), "back"))

    async def hand_back(self, seconds: float) -> list[str]:
        """Cancel what is in work, and wait so long for it; return which entries those are."""
        working = self._working()
        left = sorted(lane.entry.id for lane in working if lane.entry is not None)
        tasks = [lane.task for lane in working if lane.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        return left

    def _working(self) -> list[Lane]:
        return [lane for lane in self._lanes if lane.entry is not None]

    def _start(self) -> None:
        if self._starting or len(self._lanes) >= self._most or not self._ready():
            return
        self._starting = lane = Lane(entry=self._next())
        self._lanes.add(lane)
        lane.task = asyncio.create_task(self._run(lane), name="inbox lane")
        lane.task.add_done_callback(lambda _: self._close(lane))

    def _ready(self) -> bool:
        """Tell whether an entry waits whose lease others still respect."""
        if not self._waiting:
            return False
        if self._until[self._waiting[0]] > time.monotonic():
            return True
        self._lapsed()
        return False

    def _next(self) -> Entry:
        return self.held[self._waiting.popleft()]

    async def _run(self, lane: Lane) -> None:
        self._starting = None
        while lane.entry is not None:
            self._start()
            done = await self._desk.handle(lane.entry)
            lane.entry = None
            self._end(done)
            lane.entry = self._next() if self._ready() else None

    def _end(self, done: Done) -> None:
        if (entry := self.held.pop(done.id, None)) is not None:
            done.deliveries = entry.deliveries
            del self._until[done.id]
        self._ended(done)

    def _close(self, lane: Lane) -> None:
        """Say what becomes of the entry that a cancelled lane was at."""
        self._lanes.discard(lane)
        if self._starting is lane:
            self._starting = None
        if lane.task is not None and lane.entry is not None and not lane.lost:
            if not lane.task.cancelled() and (error := lane.task.exception()) is not None:
                # Ours, not the handler's.
                _log.error("consumer failed", error=type(error).__name__)
                self._end(Done(lane.entry.id, "later"))
            else:
                self._end(Done(lane.entry.id, "back"))
        self._start()

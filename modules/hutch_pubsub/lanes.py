"""Lanes: handle entries side by side.

A lane handles one entry after the other; one that waits lets the next lane begin, so that
handlers which do not wait need no task of their own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
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

    Attributes:
        held: All of them by number, begun or not.
    """

    def __init__(self, desk: Desk, ended: Callable[[Done], None]) -> None:
        self.held: dict[str, Entry] = {}
        self._desk = desk
        self._ended = ended
        self._most = desk.consuming.concurrency
        self._waiting: deque[Entry] = deque()
        self._lanes: set[Lane] = set()
        self._starting = False

    @property
    def free(self) -> int:
        """How many more entries there is room for."""
        return max(0, self._most - len(self.held))

    def begin(self, entries: Iterable[Entry]) -> None:
        """Handle entries, as soon as there is a lane."""
        for entry in entries:
            if entry.id not in self.held:
                self.held[entry.id] = entry
                self._waiting.append(entry)
        self._start()

    def lose(self, ids: Iterable[str]) -> list[str]:
        """Stop with entries that somebody else has; return those that were here."""
        lost = set(ids) & self.held.keys()
        self._waiting = deque(entry for entry in self._waiting if entry.id not in lost)
        for lane in self._working():
            if lane.entry is not None and lane.entry.id in lost and lane.task is not None:
                lane.lost = True
                lane.task.cancel()
        for id in lost:
            del self.held[id]
        return sorted(lost)

    def hand_back_waiting(self) -> None:
        """End entries that were not begun."""
        while self._waiting:
            self._end(Done(self._waiting.popleft().id, "back"))

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
        if self._waiting and not self._starting and len(self._lanes) < self._most:
            self._starting = True
            lane = Lane()
            self._lanes.add(lane)
            lane.task = asyncio.create_task(self._run(lane), name="inbox lane")
            lane.task.add_done_callback(lambda _: self._close(lane))

    async def _run(self, lane: Lane) -> None:
        self._starting = False
        while self._waiting:
            lane.entry = self._waiting.popleft()
            self._start()
            done = await self._desk.handle(lane.entry)
            lane.entry = None
            self._end(done)

    def _end(self, done: Done) -> None:
        self._ended(done)
        self.held.pop(done.id, None)

    def _close(self, lane: Lane) -> None:
        """Say what becomes of the entry that a cancelled lane was at."""
        self._lanes.discard(lane)
        if lane.task is not None and lane.entry is not None and not lane.lost:
            if not lane.task.cancelled() and (error := lane.task.exception()) is not None:
                # Ours, not the handler's.
                _log.error("consumer failed", error=type(error).__name__)
                self._end(Done(lane.entry.id, "later"))
            else:
                self._end(Done(lane.entry.id, "back"))
        self._start()

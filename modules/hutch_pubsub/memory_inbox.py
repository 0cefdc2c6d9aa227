"""The inbox within one process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from hutch_pubsub.entry_codec import OURS
from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.memory_box import Box, Fields, Number, Step, number_of, text_of
from hutch_pubsub.storage import Added, Done, Entry, InboxStats, Shelf, Turn

T = TypeVar("T")


def _now() -> int:
    return time.time_ns() // 1_000_000


class MemoryInbox:
    """Keeps inboxes in this process; see ``InboxStore``.

    Args:
        clock: The time in epoch ms.
    """

    away: tuple[type[Exception], ...] = ()
    full: tuple[type[Exception], ...] = ()

    def __init__(self, clock: Callable[[], int] = _now) -> None:
        self._clock = clock
        self._boxes: dict[str, Box] = {}

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Await the call."""
        return await call()

    async def open(self, spec: InboxSpec[Any]) -> None:
        """Make the inbox."""
        self._box(spec)

    async def add(self, spec: InboxSpec[Any], entries: Sequence[Mapping[str, str]]) -> Added:
        """Add entries."""
        box = self._box(spec)
        ids = [text_of(box.add(entry)) for entry in entries]
        step = Step(box, spec, "", 0)
        step.overflow()
        return Added(ids, step.moved)

    async def turn(
        self, spec: InboxSpec[Any], consumer: str, done: Sequence[Done], want: int, lease: int
    ) -> Turn:
        """Settle and take."""
        box = self._box(spec)
        step = Step(box, spec, consumer, lease, stopping=want < 0)
        for one in done:
            step.settle(one)
        step.follow()
        step.read(want)
        return Turn(step.out, "" if box.unread else text_of(box.last), step.moved)

    async def tend(
        self, spec: InboxSpec[Any], consumer: str, cursor: str, want: int, lease: int
    ) -> Turn:
        """Take what others left behind."""
        box = self._box(spec)
        step = Step(box, spec, consumer, lease)
        step.tend(want)
        step.overflow()
        return Turn(step.out, moved=step.moved, length=len(box.entries))

    async def beat(self, spec: InboxSpec[Any], consumer: str, ids: Sequence[str]) -> list[str]:
        """Renew leases."""
        box, lost = self._box(spec), list[str]()
        for id in ids:
            held = box.held.get(number_of(id))
            if held is None or held.consumer != consumer:
                lost.append(id)
            else:
                held.since = self._clock()
        return lost

    async def held(self, spec: InboxSpec[Any], consumer: str) -> dict[str, int]:
        """List what the consumer has and was handed."""
        held = self._box(spec).held.items()
        own = {text_of(n): one.deliveries for n, one in held if one.consumer == consumer}
        return {id: count for id, count in own.items() if count > 0}

    async def leave(self, spec: InboxSpec[Any], consumer: str) -> None:
        """Nothing is kept of a consumer but what it has."""

    async def wait(self, spec: InboxSpec[Any], last: str, seconds: float) -> None:
        """Wait until something is newer."""
        box = self._box(spec)
        try:
            async with asyncio.timeout(seconds):
                while box.last <= number_of(last):
                    box.added.clear()
                    await box.added.wait()
        except TimeoutError:
            return

    async def stats(self, spec: InboxSpec[Any]) -> InboxStats:
        """Count."""
        box = self._box(spec)
        oldest = min(box.entries, default=None)
        return InboxStats(
            len(box.entries),
            len(box.held),
            len(box.shelves["dead"]),
            len(box.shelves["review"]),
            max(0.0, (self._clock() - oldest[0]) / 1000) if oldest else 0.0,
            len({held.consumer for held in box.held.values()}),
        )

    async def page(self, spec: InboxSpec[Any], shelf: Shelf, after: str, limit: int) -> list[Entry]:
        """List entries of a shelf."""
        found = self._box(spec).shelves[shelf].items()
        numbers = [(n, fields) for n, fields in found if n > number_of(after)]
        return [Entry(text_of(n), dict(fields), 0) for n, fields in numbers[:limit]]

    async def replay(self, spec: InboxSpec[Any], shelf: Shelf, ids: Sequence[str]) -> list[str]:
        """Add entries anew."""
        box = self._box(spec)
        done = [id for id in ids if number_of(id) in box.shelves[shelf]]
        for id in done:
            fields = box.shelves[shelf].pop(number_of(id))
            box.seen.pop(fields.get(spec.once_field, ""), None)
            box.add({name: text for name, text in fields.items() if not name.startswith(OURS)})
        Step(box, spec, "", 0).overflow()
        return done

    async def discard(self, spec: InboxSpec[Any], shelf: Shelf, ids: Sequence[str]) -> list[str]:
        """Delete entries."""
        entries = self._box(spec).shelves[shelf]
        return [id for id in ids if entries.pop(number_of(id), None) is not None]

    def _box(self, spec: InboxSpec[Any]) -> Box:
        if spec.name not in self._boxes:
            shelves: dict[Shelf, dict[Number, Fields]] = {"waiting": {}, "dead": {}, "review": {}}
            self._boxes[spec.name] = Box(self._clock, shelves)
        return self._boxes[spec.name]

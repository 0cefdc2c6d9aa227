"""Timetable: the schedules of one queue in a store, changed by compare-and-set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from hutch_queue.errors import InvalidJob
from hutch_queue.schedules.schedule import Schedule, Step, milliseconds, moment
from hutch_queue.storage.store import Entry, Store

Planned = tuple[Schedule, datetime | None]
"""A schedule and its next tick; None if it stands still or is over."""

_log = structlog.get_logger(__name__)


class Timetable:
    """The schedules of one queue."""

    def __init__(self, store: Store, queue: str) -> None:
        self._store = store
        self._queue = queue

    async def find(self, names: Sequence[str] | None = None) -> dict[str, Planned]:
        """List all, or some by their names; those that cannot be read are left out."""
        found = dict[str, Planned]()
        for name, (text, due) in (await self._store.schedules(self._queue, names)).items():
            if schedule := self._read(name, text):
                found[name] = schedule, None if due is None else moment(due)
        return found

    async def put(self, name: str, new: Schedule) -> None:
        """Store a schedule; one that says the same stays as it is."""

        def step(old: Planned | None, now: datetime) -> Step | None:
            if old is None:
                return new, new.first(now)
            return None if old[0] == new else new.after(*old, now)

        await self._change(name, step)

    async def change(self, name: str, to: Callable[[Schedule, datetime], Step | None]) -> bool:
        """Change a schedule that is there; tell whether it is."""
        found = False

        def step(old: Planned | None, now: datetime) -> Step | None:
            nonlocal found
            found = old is not None
            return to(old[0], now) if old else None

        await self._change(name, step)
        return found

    async def remove(self, name: str) -> bool:
        """Remove a schedule; tell whether it was there."""
        while text := (await self._text(name))[0]:
            if await self._store.tick(self._queue, name, text, None, ""):
                return True
        return False

    async def _change(
        self, name: str, step: Callable[[Planned | None, datetime], Step | None]
    ) -> None:
        """Take a step from what is stored, and anew where somebody else was faster."""
        while True:
            text, due = await self._text(name)
            schedule = self._read(name, text) if text else None
            old = (schedule, None if due is None else moment(due)) if schedule else None
            taken = step(old, moment(await self._store.now()))
            if taken is None or await self.write(name, text, taken):
                return

    async def write(self, name: str, was: str, step: Step, run: Sequence[Entry] = ()) -> bool:
        """Write one step, unless somebody else was faster."""
        schedule, due = step
        at = None if due is None else milliseconds(due)
        return await self._store.tick(self._queue, name, was, at, schedule.write(), run)

    async def _text(self, name: str) -> tuple[str, int | None]:
        return (await self._store.schedules(self._queue, [name])).get(name, ("", None))

    def _read(self, name: str, text: str) -> Schedule | None:
        try:
            return Schedule.read(text)
        except (ValueError, InvalidJob) as error:
            _log.error(
                "schedule cannot be read",
                schedule=name,
                queue=self._queue,
                error=type(error).__name__,
            )
            return None

"""Ticker: enqueues the runs of schedules. Every worker has one, and whoever is first wins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from hutch_queue.errors import InvalidJob
from hutch_queue.produce.intake import Intake
from hutch_queue.schedules.schedule import FROM_CODE, Schedule, make_run, milliseconds, moment
from hutch_queue.schedules.timetable import Timetable
from hutch_queue.storage.store import Store
from hutch_queue.worker.work import Desk

PAUSE = 5.0
"""Seconds after which runs that the store refused are tried again."""
PARKED = 30_000
"""Milliseconds after which a schedule that this worker cannot read is offered again."""

_log = structlog.get_logger(__name__)


class Ticker:
    """Stores the schedules that the code declares, and enqueues the runs of all that are due.

    All times are the store's, so a worker's clock may be wrong.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._rests = dict[str, float]()

    async def keep(self, store: Store, desk: Desk, back: asyncio.Event) -> None:
        """Store the schedules that the code declares, and anew when the store has lost them.

        Args:
            store: Of a worker.
            desk: What its worker does.
            back: Set whenever the worker comes back to the store.
        """
        await self._patiently(store, desk, self.declare)
        while True:
            await back.wait()
            back.clear()
            await self._patiently(store, desk, self.restore)

    async def _patiently(
        self, store: Store, desk: Desk, call: Callable[[Store, Desk], Awaitable[None]]
    ) -> None:
        while True:
            try:
                return await store.patiently(lambda: call(store, desk))
            except Exception as error:  # the server's memory is full, for one
                cause = type(error).__name__
                _log.error("schedules are not stored", queue=desk.queue, error=cause)
                await asyncio.sleep(PAUSE)

    async def declare(self, store: Store, desk: Desk) -> None:
        """Store the schedules that the code declares, and remove those that it did before."""
        timetable = Timetable(store, desk.queue)
        declared = self._declared(desk)
        for name, schedule in declared.items():
            await timetable.put(name, schedule)
        ours = {task.invoke.owner.__module__ for task in desk.tasks.values()}
        for name, (text, _) in (await store.schedules(desk.queue)).items():
            if name not in declared and _is_of(text, ours):
                await timetable.remove(name)

    async def restore(self, store: Store, desk: Desk) -> None:
        """Store the declared schedules if the store has none of them: it has lost its data."""
        declared = self._declared(desk)
        if declared and not await store.schedules(desk.queue, list(declared)):
            await self.declare(store, desk)

    async def tick(self, store: Store, queue: str) -> float:
        """Enqueue what is due and nobody else has; return the seconds until to try again.

        Raises:
            Exception: One of ``store.away``.
        """
        clock = asyncio.get_running_loop().time
        if (left := self._rests.get(queue, 0) - clock()) > 0:
            return left
        try:
            await self._tick(store, queue)
        except store.away:
            raise
        except Exception as error:  # the server's memory is full, for one
            _log.error("scheduled runs are not stored", queue=queue, error=type(error).__name__)
            self._rests[queue] = clock() + PAUSE
            return PAUSE
        return 0

    async def _tick(self, store: Store, queue: str) -> None:
        now = await store.now()
        names = await store.due(queue, now)
        for name, (text, due) in (await store.schedules(queue, names)).items():
            if due is not None and due <= now:
                await self._take(store, queue, name, text, moment(due), moment(now))

    async def _take(
        self, store: Store, queue: str, name: str, text: str, due: datetime, now: datetime
    ) -> None:
        try:
            schedule = Schedule.read(text)
            new, following, runs = schedule.tick(due, now)
        except (ValueError, InvalidJob) as error:
            cause = type(error).__name__
            _log.error("schedule cannot be read", schedule=name, queue=queue, error=cause)
            await store.tick(queue, name, text, milliseconds(now) + PARKED, text)
            return
        run = [schedule.entry(name, f"{due:%Y%m%dT%H%M%SZ}", now)] if runs else []
        if await Timetable(store, queue).write(name, text, (new, following), run):
            event = "schedule ticked" if runs else "missed tick is skipped"
            _log.info(event, schedule=name, queue=queue, job=schedule.run["function"], due=str(due))

    def _declared(self, desk: Desk) -> dict[str, Schedule]:
        return {
            name: Schedule(
                "code",
                task.invoke.owner.__module__,
                recurrence,
                make_run(self._intake, task.call()),
            )
            for name, task, recurrence in desk.schedules()
        }


def _is_of(text: str, owners: set[str]) -> bool:
    """Tell whether a schedule comes from a decorator in one of these modules."""
    try:
        return text.startswith(FROM_CODE) and Schedule.read(text).owner in owners
    except (ValueError, InvalidJob):
        return False

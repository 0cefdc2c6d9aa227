"""Schedules: jobs that run by the clock, put, changed and removed while the app runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from hutch_queue.declare.calls import Call
from hutch_queue.errors import InvalidJob, InvalidOption, QueueUnavailable, UnknownSchedule
from hutch_queue.names import Queues
from hutch_queue.produce.intake import Intake
from hutch_queue.produce.record import arguments_of
from hutch_queue.schedules.crontab import Cron
from hutch_queue.schedules.recurrence import Every, Missed, Recurrence
from hutch_queue.schedules.schedule import Schedule, Source, Step, check_name, make_run, moment
from hutch_queue.schedules.timetable import Planned, Timetable
from hutch_queue.storage.store import Store
from hutch_queue.storage.stores import Stores


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A schedule as operators see it.

    Attributes:
        name: Unique in its queue; a declared one has its job's name.
        source: ``code`` for a decorator, ``runtime`` for ``Schedules.put``.
        job: The wire name of the job that it runs.
        arguments: The job's, by name; may be private.
        cron: The crontab line, None for an interval.
        tz: The time zone in which that is read.
        every: The interval, None for a crontab line.
        missed: What becomes of ticks for which no worker was there: ``run`` or ``skip``.
        overlap: Whether a tick has a run of its own while the one before waits or runs.
        until: No tick comes after it.
        runs: How many there are at most.
        done: How many there were.
        paused: Whether it stands still.
        next: When the next run is enqueued, None if it is paused or over.
        last: When the last one was.
    """

    name: str
    queue: str
    source: Source
    job: str
    arguments: Mapping[str, Any] = field(repr=False)
    cron: str | None
    tz: str | None
    every: timedelta | None
    missed: Missed
    overlap: bool
    until: datetime | None
    runs: int | None
    done: int
    paused: bool
    next: datetime | None
    last: datetime | None


class Schedules:
    """Looks into the schedules of all queues, and changes them; workers hear of it at once."""

    def __init__(self, stores: Stores, queues: Queues, intake: Intake) -> None:
        self._store = stores.fast
        self._queues = queues
        self._intake = intake

    async def put(
        self,
        name: str,
        call: Call[Any],
        *,
        cron: str | None = None,
        tz: str = "UTC",
        every: timedelta | None = None,
        missed: Missed = "run",
        overlap: bool = True,
        until: datetime | None = None,
        runs: int | None = None,
    ) -> ScheduleInfo:
        """Let a job run by the clock.

        Put again it is one schedule still: the same one goes on, changed ticks begin anew,
        other changes hold from the next run on. One that is over stays over.

        Args:
            name: Unique in the call's queue; at most 150 bytes.
            call: With its options but ``key``, ``delay`` and the like: ``Tokens.refresh(7)``.
            cron: Five fields: minute, hour, day, month, weekday; a sixth one is the second.
            tz: The time zone in which they are read, e.g. ``Europe/Berlin``.
            every: An interval in place of ``cron``, of a second or more; its first run
                comes when it has passed once.
            missed: ``run``: what was missed while no worker was there is made up for by one
                run; ``skip``: a tick more than 60 seconds late has no run.
            overlap: Whether a tick has a run of its own while the one before waits or runs.
            until: No tick comes after this time.
            runs: How many there are at most.

        Raises:
            InvalidOption: One of these cannot be used, or the code declares the name.
            QueueError: The call is refused; see ``Queue.enqueue``.
        """
        check_name(name)
        recurrence = _recurrence(name, cron, tz, every, missed, overlap, until, runs)
        schedule = Schedule("runtime", "", recurrence, make_run(self._intake, call))
        with _answered(self._store):
            timetable = self._timetable(call.queue)
            known = await timetable.find([name])
            old = known[name][0] if known else None
            _check_change(name, old, schedule, moment(await self._store.now()))
            await timetable.put(name, schedule)
            return await self._get(call.queue, name)

    async def list(self, queue: str) -> Sequence[ScheduleInfo]:
        """List a queue's schedules, those that are due next first.

        Raises:
            UnknownQueue: No module declares it.
            QueueUnavailable: Its server did not answer.
        """
        with _answered(self._store):
            found = await self._timetable(queue).find()
        infos = [_info(queue, name, *planned) for name, planned in found.items()]
        return sorted(infos, key=lambda info: (info.next is None, info.next, info.name))

    async def get(self, queue: str, name: str) -> ScheduleInfo:
        """Return one schedule.

        Raises:
            UnknownQueue: No module declares the queue.
            UnknownSchedule: It has no schedule of that name.
            QueueUnavailable: Its server did not answer.
        """
        with _answered(self._store):
            return await self._get(queue, name)

    async def remove(self, queue: str, name: str) -> bool:
        """Remove a schedule; tell whether it was there. Runs that wait stay.

        One that the code declares is back when a worker with that code starts.

        Raises:
            UnknownQueue: No module declares the queue.
            QueueUnavailable: Its server did not answer.
        """
        with _answered(self._store):
            return await self._timetable(queue).remove(name)

    async def run_now(self, queue: str, name: str) -> str:
        """Enqueue a run beside the ticks, which go on as before; return its id.

        Without ``overlap`` that is the id of the run that waits or runs, if there is one.

        Raises:
            UnknownQueue: No module declares the queue.
            UnknownSchedule: It has no schedule of that name.
            QueueUnavailable: Its server did not answer; the run may be stored or not.
        """
        with _answered(self._store):
            schedule, _ = await self._find(queue, name)
            now = moment(await self._store.now())
            entry = schedule.entry(name, secrets.token_urlsafe(6), now)
            await self._store.enqueue([(queue, [entry], 0)])
            return entry.id

    async def pause(self, queue: str, name: str) -> None:
        """Let a schedule stand still until it is resumed, also over restarts and changes.

        Raises:
            UnknownQueue: No module declares the queue.
            UnknownSchedule: It has no schedule of that name.
            QueueUnavailable: Its server did not answer.
        """
        await self._change(queue, name, _paused)

    async def resume(self, queue: str, name: str) -> None:
        """Let a schedule go on with its next tick; those of the pause do not count as missed.

        Raises:
            UnknownQueue: No module declares the queue.
            UnknownSchedule: It has no schedule of that name.
            QueueUnavailable: Its server did not answer.
        """
        await self._change(queue, name, _resumed)

    async def _change(
        self, queue: str, name: str, to: Callable[[Schedule, datetime], Step | None]
    ) -> None:
        with _answered(self._store):
            if not await self._timetable(queue).change(name, to):
                _refuse_unknown(queue, name)

    async def _get(self, queue: str, name: str) -> ScheduleInfo:
        return _info(queue, name, *await self._find(queue, name))

    async def _find(self, queue: str, name: str) -> Planned:
        found = await self._timetable(queue).find([name])
        return found[name] if name in found else _refuse_unknown(queue, name)

    def _timetable(self, queue: str) -> Timetable:
        return Timetable(self._store, self._queues[queue].name)


def _recurrence(
    name: str,
    cron: str | None,
    tz: str,
    every: timedelta | None,
    missed: Missed,
    overlap: bool,
    until: datetime | None,
    runs: int | None,
) -> Recurrence:
    if (cron is None) == (every is None):
        raise InvalidOption(f"schedule {name!r}: give either `cron` or `every`.")
    try:
        when = Every(every) if every is not None else Cron(cron or "", tz)
        return Recurrence(when, missed, overlap, until, runs)
    except InvalidJob as error:
        raise InvalidOption(f"schedule {name!r}: {error}") from None


def _check_change(name: str, old: Schedule | None, new: Schedule, now: datetime) -> None:
    if old and old.source == "code":
        raise InvalidOption(
            f"schedule {name!r}: the code declares it; change it there, or choose another name."
        )
    until = new.recurrence.until
    # The same one may be put again and again, also when it is over.
    if until and new != old and (until <= now or (old is None and new.first(now) is None)):
        raise InvalidOption(f"schedule {name!r}: no tick comes before until={until}.")


def _paused(old: Schedule, _: datetime) -> Step:
    return replace(old, paused=True), None


def _resumed(old: Schedule, now: datetime) -> Step | None:
    if not old.paused:
        return None
    new = replace(old, paused=False)
    return new, new.first(now)


def _info(queue: str, name: str, schedule: Schedule, due: datetime | None) -> ScheduleInfo:
    recurrence = schedule.recurrence
    when = recurrence.when
    return ScheduleInfo(
        name=name,
        queue=queue,
        source=schedule.source,
        job=schedule.run["function"],
        arguments=arguments_of(schedule.run),
        cron=when.spec if isinstance(when, Cron) else None,
        tz=when.tz if isinstance(when, Cron) else None,
        every=when.period if isinstance(when, Every) else None,
        missed=recurrence.missed,
        overlap=recurrence.overlap,
        until=recurrence.until,
        runs=recurrence.runs,
        done=schedule.done,
        paused=schedule.paused,
        next=due,
        last=schedule.last,
    )


def _refuse_unknown(queue: str, name: str) -> NoReturn:
    raise UnknownSchedule(f"{queue} has no schedule {name!r}.")


@contextmanager
def _answered(store: Store) -> Iterator[None]:
    """Say in the queue's words that the store did not answer."""
    try:
        yield
    except store.away as error:
        raise QueueUnavailable(
            f"Redis did not answer ({type(error).__name__}); nobody knows what it did: try again."
        ) from error

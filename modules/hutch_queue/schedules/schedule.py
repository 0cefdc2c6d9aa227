"""Schedule: a recurrence with the job that it runs, as it is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter

from hutch_queue.declare.calls import Call
from hutch_queue.errors import InvalidOption
from hutch_queue.names import has_control
from hutch_queue.produce.intake import Intake
from hutch_queue.produce.record import Json, meta_of, read_record, write_record
from hutch_queue.schedules.recurrence import Recurrence
from hutch_queue.storage.store import Entry

MAX_NAME_BYTES = 150
FROM_CODE = '{"source":"code"'
"""What the text of a schedule that the code declares begins with."""

Source = Literal["code", "runtime"]

_FOREIGN = ("key", "unique_for", "replace", "delay", "at")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule; equal are those that say the same, however far they are.

    Attributes:
        source: Who made it: a decorator, or a program that runs.
        owner: The Python module whose decorator made it.
        run: The record of its runs; times in it count from 0.
        done: How many runs there were.
        last: When the last one was enqueued.
        paused: Whether it stands still.
    """

    source: Source
    owner: str
    recurrence: Recurrence
    run: Json = field(repr=False)
    done: int = field(default=0, compare=False)
    last: datetime | None = field(default=None, compare=False)
    paused: bool = field(default=False, compare=False)

    @classmethod
    def read(cls, text: str) -> Schedule:
        """Read a stored schedule.

        Raises:
            ValueError: It is none.
            InvalidJob: It cannot be followed here, for want of its time zone perhaps.
        """
        return _stored.validate_json(text)

    def write(self) -> str:
        """Write it as it is stored."""
        return _stored.dump_json(self).decode()

    def first(self, now: datetime) -> datetime | None:
        """Return its first tick, None if it has none or stands still."""
        if self.paused:
            return None
        return self.recurrence.following(now, now, self.done)

    def after(self, old: Schedule, due: datetime | None, now: datetime) -> Step:
        """Take the place of another one: as far as that is, where they have the same ticks.

        Args:
            old: The other one.
            due: Its next tick.
            now: The time.
        """
        new = replace(self, paused=old.paused)
        if new.recurrence.when != old.recurrence.when:
            return new, new.first(now)
        new = replace(new, done=old.done, last=old.last)
        if due is None:
            return new, new.first(now)
        return new, new.recurrence.limited(due, new.done)

    def tick(self, due: datetime, now: datetime) -> tuple[Schedule, datetime | None, bool]:
        """Take one tick; return what it is then, its next tick and whether this one has a run."""
        runs = self.recurrence.has_run(due, now)
        new = replace(self, done=self.done + 1, last=now) if runs else self
        return new, new.recurrence.following(due, now, new.done), runs

    def entry(self, name: str, tick: str, now: datetime) -> Entry:
        """Make a run.

        Args:
            name: The schedule's.
            tick: What its id ends with.
            now: The time.
        """
        queued = milliseconds(now)
        overlap = self.recurrence.overlap
        id = f"cron:{name}:{tick}" if overlap else f"cron:{name}"
        record: Json = {**self.run, "queued": queued, "key": id}
        if "expires" in (meta := meta_of(self.run)):
            record["meta"] = {**meta, "expires": meta["expires"] + queued}
        text = json.dumps(record, separators=(",", ":"))
        priority: int = record.get("priority", 0)
        return Entry(id, text, priority=priority, mode="once" if overlap else "new")


Step = tuple[Schedule, datetime | None]
"""A schedule and its next tick."""

_stored = TypeAdapter(Schedule)


def make_run(intake: Intake, call: Call[object]) -> Json:
    """Check a call and make the record of its runs.

    Raises:
        QueueError: It is refused; see ``Queue.enqueue``.
        InvalidOption: It has an option that is the schedule's to say.
    """
    for option in _FOREIGN:
        if option in call.options:
            raise InvalidOption(
                f"{call.name}: a schedule takes no `{option}`: it says itself when a run comes, "
                "and whether there is one already (overlap)."
            )
    new = intake.accept(call)
    record = {**read_record(write_record(new)), "queued": 0, "key": ""}
    # Each run begins a trace of its own, not that of whoever made the schedule.
    meta = {name: value for name, value in meta_of(record).items() if name != "carried"}
    if "expires" in meta:
        meta["expires"] -= new.queued
    return {**record, "meta": meta} if meta else _without_meta(record)


def _without_meta(record: Json) -> Json:
    return {name: value for name, value in record.items() if name != "meta"}


def check_name(name: str) -> None:
    """Refuse what cannot be a schedule's name.

    Raises:
        InvalidOption: It is empty, too long or has control characters.
    """
    if not name.strip() or has_control(name) or len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidOption(
            f"schedule {name[:40]!r}: a name has 1 to {MAX_NAME_BYTES} bytes as UTF-8, none of "
            "them a control character."
        )


def milliseconds(moment: datetime) -> int:
    """Return a time in epoch ms."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds: int) -> datetime:
    """Return the time of epoch ms."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


_EPOCH = datetime.fromtimestamp(0, UTC)

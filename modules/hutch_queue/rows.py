"""Rows: what the commands show, as tables, lines or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import typer

from hutch.cli.table import show_table
from hutch.masking import mask, mask_item
from hutch_queue.admin.job_info import JobInfo
from hutch_queue.produce.results import last_error
from hutch_queue.schedules.schedules import ScheduleInfo


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue in the list of all."""

    queue: str
    waiting: int
    active: int
    delayed: int
    completed: int
    failed: int
    paused: bool
    latency: float
    workers: int


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in the list of a state."""

    id: str
    job: str
    attempt: str
    enqueued: datetime
    due: datetime | None
    ended: datetime | None
    worker: str | None
    error: str


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule of a queue."""

    schedule: str
    when: str
    job: str
    source: str
    done: int
    last: datetime | None
    next: datetime | None
    paused: bool


def job_row(info: JobInfo) -> JobRow:
    """Make the row of a job: nothing of its arguments, of its error the last line."""
    return JobRow(
        info.id,
        info.name,
        f"{info.attempt} of {info.attempts}",
        info.enqueued,
        info.due,
        info.ended,
        info.worker,
        last_error(info.error or ""),
    )


def schedule_row(info: ScheduleInfo) -> ScheduleRow:
    """Make the row of a schedule: nothing of its arguments."""
    when = f"every {info.every}" if info.cron is None else f"{info.cron} {info.tz}"
    return ScheduleRow(
        info.name, when, info.job, info.source, info.done, info.last, info.next, info.paused
    )


def show_rows(kind: type[Any], rows: Sequence[Any], *, as_json: bool) -> None:
    """Print rows of one kind: a table, tab-separated lines in a pipe, or JSON."""
    names = [field.name for field in fields(kind)]
    if as_json:
        show_json([asdict(row) for row in rows])
        return
    show_table(names, [[_cell(getattr(row, name)) for name in names] for row in rows])


def show_job(info: JobInfo, *, as_json: bool, show_arguments: bool) -> None:
    """Print all that is known of a job; of its arguments and result only what they are."""
    found = {name: getattr(info, name) for name in (field.name for field in fields(info))}
    if not show_arguments:
        found["arguments"] = {
            name: mask_item(name, value) for name, value in info.arguments.items()
        }
        found["result"] = None if info.result is None else mask(info.result)
    if as_json:
        show_json(found | {"failures": [asdict(failure) for failure in info.failures]})
        return
    # The last failure's error says the same, and all of it.
    for name in ("failures", "log", "error"):
        del found[name]
    if info.error and info.aborted:
        found["error"] = info.error
    show_table(("field", "value"), [(name, _cell(value)) for name, value in found.items()])
    for failure in info.failures:
        typer.echo(f"Attempt {failure.attempt} failed at {_cell(failure.at)}:")
        typer.echo(_printable(failure.error))
    for line in info.log:
        typer.echo(f"log: {_printable(line)}")


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=2, default=_json))


def _json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case float():
            return f"{value:.1f}"
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        case dict() | list():
            return _printable(json.dumps(value, ensure_ascii=False))
        case _:
            return _printable(str(value))


def _printable(text: str) -> str:
    """Replace what could steer the terminal: ids and errors may come from outside."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)

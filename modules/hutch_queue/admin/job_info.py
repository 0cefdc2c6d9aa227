"""Job info: a job as operators see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hutch_queue.produce.record import Json, read_lines, read_record, read_tail
from hutch_queue.storage.store import HEAD_START, State, Stored


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed.

    Attributes:
        attempt: Which counted run it was; they begin at 1 again after a replay.
        error: The traceback, secrets hidden.
    """

    attempt: int
    at: datetime
    error: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A job as operators see it.

    Attributes:
        id: The key where one was given.
        queue: The queue's name.
        name: The wire name.
        state: ``waiting``, ``delayed``, ``active``, ``completed`` or ``failed``.
        attempt: How many runs were counted so far, the present one included.
        attempts: How many runs there may be.
        priority: From -100 to 100.
        enqueued: When it was handed in.
        waiting_since: Since when it could run, where it is waiting.
        due: When it may run, where it is delayed.
        started: When its last run began, where it has ended.
        ended: When it ended.
        worker: Who runs it, or ran it last.
        aborted: Whether somebody stopped it, or wants it stopped.
        arguments: By name; may be private.
        result: What it returned, as JSON has it.
        error: Why it failed: the last traceback, or what the one who stopped it said.
        failures: Its failed attempts, the oldest first; some are gone where they are many.
        progress: What the running job last told of it, as JSON.
        log: The lines that the job wrote.
    """

    id: str
    queue: str
    name: str
    state: State
    attempt: int
    attempts: int
    priority: int
    enqueued: datetime
    waiting_since: datetime | None
    due: datetime | None
    started: datetime | None
    ended: datetime | None
    worker: str | None
    aborted: bool
    arguments: Mapping[str, Any] = field(repr=False)
    result: Any = field(repr=False)
    error: str | None = field(repr=False)
    failures: Sequence[Failure] = field(repr=False)
    progress: str | None = field(repr=False)
    log: Sequence[str] = field(repr=False)


def read_job(queue: str, stored: Stored) -> JobInfo:
    """Turn what is stored into what operators see."""
    record = _read(stored.record)
    priority: int = record.get("priority", 0)
    kwargs: Json = record.get("kwargs") or {}
    return JobInfo(
        id=stored.id,
        queue=queue,
        name=record["function"],
        state=stored.state,
        attempt=record.get("attempts", stored.attempt - stored.excused),
        attempts=record.get("retries", 1),
        priority=priority,
        enqueued=_time(record["queued"]),
        waiting_since=_waiting_since(stored.order, priority),
        due=_time_or_none(stored.due),
        started=_time_or_none(record.get("started")),
        ended=_time_or_none(stored.ended),
        worker=stored.worker or record.get("worker_id"),
        aborted=stored.aborting is not None or record.get("status") == "aborted",
        arguments=kwargs.get("data") or {},
        result=record.get("result"),
        error=record.get("error"),
        failures=list(_failures(stored, record)),
        progress=stored.progress,
        log=stored.log.split("\n") if stored.log else [],
    )


def _read(record: bytes) -> Json:
    try:
        return read_record(record)
    except ValueError:  # somebody else wrote it
        return {"function": "", "queued": 0, **read_tail(record)}


def _failures(stored: Stored, record: Json) -> list[Failure]:
    failures = [
        Failure(line["attempt"], _time(line["at"]), line["error"])
        for line in read_lines(stored.errors)
    ]
    if stored.ended is not None and record.get("status") == "failed":
        failures.append(
            Failure(record.get("attempts", 0), _time(stored.ended), record.get("error") or "")
        )
    return failures


def _waiting_since(order: int | None, priority: int) -> datetime | None:
    return None if order is None else _time((order + priority * HEAD_START) / 1000)


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _time_or_none(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else _time(milliseconds)

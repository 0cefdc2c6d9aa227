"""Attempts: from a claimed record to what the store is told of its end."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from pydantic_core import to_json

from hutch_queue.declare.context import JobContext, Note
from hutch_queue.produce.record import (
    NOTHING,
    Json,
    arguments_of,
    error_line,
    later,
    meta_of,
    read_record,
    tail,
)
from hutch_queue.storage.store import Claim, Ended, Entry, Follower, Kind, Store
from hutch_queue.worker.chunk_run import ChunkRun
from hutch_queue.worker.run import Attempt, Completed, Failed, Outcome, Retry, Snoozed, run
from hutch_queue.worker.work import Desk, Task

PARKED = 30_000
"""Milliseconds after which a job that nobody here knows is offered again."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)  # not frozen: made for every job, and that costs thrice as much
class Held:
    """A claimed job, read.

    Attributes:
        started: When it was claimed, epoch ms.
        worker: The name under which it was claimed.
    """

    claim: Claim
    record: Json
    started: int
    worker: str

    @classmethod
    def of(cls, claim: Claim, worker: str) -> Held:
        """Read a claim; a record that cannot be read is empty."""
        try:
            record = read_record(claim.record)
        except ValueError:
            record = {}
        return cls(claim, record, now(), worker)

    def end(self, kind: Kind, text: str = "", delay: float = 0, *followers: Follower) -> Ended:
        """Say what became of it; the delay is in seconds."""
        # Rounded first: 1.1 s are 1100.0000000000002 ms.
        wait = math.ceil(round(delay * 1000, 3))
        return Ended(self.claim.id, self.claim.attempt, kind, text, -wait, followers)

    def snooze(self, due: int) -> Ended:
        """Say that it asked to run later; see ``Ended.due``."""
        # A wait of nothing would put it first in line, as what was never run.
        return Ended(self.claim.id, self.claim.attempt, "snooze", "", due or -1)

    @property
    def counted(self) -> int:
        """Which counted run this is, from 1."""
        return self.claim.attempt - self.claim.excused


def note_of(store: Store, queue: str, held: Held, worker: Callable[[], str]) -> Note:
    """Return what writes progress and log of a job as long as its worker holds it.

    Args:
        store: Where the job is.
        queue: Its queue.
        held: The job.
        worker: Tells the worker's name, which changes with its connection.
    """

    async def note(field: str, text: str) -> None:
        await store.move(queue, "note", field, held.claim.id, held.claim.attempt, worker(), text)

    return note


class Attempts:
    """Runs the jobs of one queue."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._log = structlog.get_logger("hutch_queue.worker.run").bind()

    async def run(self, held: Held, note: Callable[[Held], Note]) -> Ended:
        """Run one job and say what became of it.

        Raises:
            asyncio.CancelledError: The worker, not the job, was told to stop.
        """
        task = self._desk.tasks.get(held.record.get("function", ""))
        if (refused := self._refused(held, task)) is not None:
            return refused
        assert task is not None
        return self._ended(held, await run(task, self._attempt(held, task, note), self._log))

    def start_chunk(
        self, helds: Sequence[Held], note: Callable[[Held], Note]
    ) -> tuple[asyncio.Task[None], list[asyncio.Task[Ended]]]:
        """Run jobs of a queue of chunks in one call.

        Returns:
            The call, and for each job a task, which may be cancelled by itself.
        """
        [task] = self._desk.tasks.values()
        run = ChunkRun(task)
        ends: list[asyncio.Task[Ended]] = []
        for held in helds:
            known = self._desk.tasks.get(held.record.get("function", ""))
            if (refused := self._refused(held, known)) is not None:
                ends.append(asyncio.create_task(_at_once(refused)))
                continue
            end = asyncio.create_task(self._end(held, run.add(self._attempt(held, task, note))))
            end.add_done_callback(run.leave)
            ends.append(end)
        return run.start(), ends

    async def _end(self, held: Held, outcome: Callable[[], Awaitable[Outcome]]) -> Ended:
        return self._ended(held, await outcome())

    def _refused(self, held: Held, task: Task | None) -> Ended | None:
        """Say what becomes of a job that is not to run; None for one that is."""
        if not held.record:
            _log.error("job cannot be read", job_id=held.claim.id, queue=self._desk.queue)
            return self.fail(held, "Its record cannot be read: somebody else wrote it.")
        if task is None:
            _log.warning("unknown job is parked", job_id=held.claim.id, queue=self._desk.queue)
            return held.end("snooze", delay=PARKED / 1000)
        expires = meta_of(held.record).get("expires")
        if expires is not None and held.started > expires:
            _log.error("job expired", job_id=held.claim.id, queue=self._desk.queue)
            return self.fail(held, "It was not started in time: `expires` had passed.")
        return None

    def _attempt(self, held: Held, task: Task, note: Callable[[Held], Note]) -> Attempt:
        record, meta = held.record, meta_of(held.record)
        return Attempt(
            self._context(held, meta, note(held)),
            to_json(arguments_of(record)),
            record.get("timeout", task.job.options.timeout),
            meta.get("delays"),
            meta.get("carried") or {},
        )

    def fail(self, held: Held, error: str, *, status: str = "failed") -> Ended:
        """Say that a job has failed for good; status ``aborted`` if somebody stopped it."""
        return held.end("failed", _tail(held, status, error=error), 0, *leaves(held))

    def _context(self, held: Held, meta: Json, note: Note) -> JobContext:
        id, record = held.claim.id, held.record
        return JobContext(
            id,
            self._desk.queue,
            record["function"],
            held.counted,
            record.get("retries", 1),
            datetime.fromtimestamp(record["queued"] / 1000, UTC),
            id if meta.get("keyed") else None,
            held.claim.attempt,
            note,
        )

    def _ended(self, held: Held, outcome: Outcome) -> Ended:
        match outcome:
            case Completed(result):
                text = _tail(held, "complete", result=result)
                if not held.record.get("meta"):
                    return held.end("complete", text)
                return held.end("complete", text, 0, *next_of(self._store, held), *leaves(held))
            case Failed(error):
                return self.fail(held, error)
            case Retry(error, delay):
                return held.end("retry", error_line(held.counted, now(), error), delay)
            case Snoozed(due):
                return held.snooze(due)


def next_of(store: Store, held: Held) -> list[Follower]:
    """Return what is enqueued once the job has completed."""
    then: list[Json] | None = meta_of(held.record).get("then")
    if not then:
        return []
    queue, fields, record = later(then, now())
    entry = Entry(fields["key"], record, priority=fields.get("priority", 0))
    return [Follower(store.base(queue), entry)]


def leaves(held: Held) -> list[Follower]:
    """Return the group that the job leaves with its end."""
    group: list[str] | None = meta_of(held.record).get("group")
    return [Follower(group[0], group=group[1])] if group else []


async def _at_once(ended: Ended) -> Ended:
    return ended


def now() -> int:
    """Return the time in epoch ms."""
    return time.time_ns() // 1_000_000


def _tail(held: Held, status: str, *, result: str = NOTHING, error: str | None = None) -> str:
    return tail(
        status,
        attempts=held.counted,
        started=held.started,
        completed=now(),
        worker=held.worker,
        result=result,
        error=error,
    )

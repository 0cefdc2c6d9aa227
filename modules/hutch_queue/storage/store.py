"""Storage: the port below the queue. Six transitions over the places that hold a job's id.

Every job is in exactly one of waiting, delayed, active, completed and failed. The
scripts in ``lua/`` are the definition; ``MemoryStore`` is their model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

Mode = Literal["new", "once", "replace"]
"""When a job is stored although its id is known: only after that one has ended, never while
its record is kept, or in place of one that does not run."""

Kind = Literal["complete", "failed", "retry", "snooze"]
State = Literal["waiting", "delayed", "active", "completed", "failed"]

MOST = 500
"""How many jobs one trip handles at most, so that the server never stops for long."""

HEAD_START = 3_600_000_000
"""Microseconds that one point of priority is ahead: an hour."""

DUE = 100
"""How many delayed jobs, or schedules, that are due one trip handles at most."""

ALL = -1
"""A number of records to keep: no limit."""


@dataclass(slots=True)  # not frozen: made for every job, and that costs thrice as much
class Entry:
    """A job to be stored.

    Attributes:
        record: One line of JSON that begins with ``{"queued":``, see ``record.py``.
        due: 0 now, above 0 at this epoch time in ms, below 0 in so many ms.
        window: Milliseconds in which no second one with its id is stored.
    """

    id: str
    record: str = field(repr=False)
    due: int = 0
    priority: int = 0
    mode: Mode = "new"
    window: int = 0


@dataclass(frozen=True, slots=True)
class Follower:
    """What is enqueued in the step that ends a job.

    Attributes:
        base: The base of its queue's keys.
        entry: The job; None for the group that the ended job leaves.
        group: That group's id.
    """

    base: str
    entry: Entry | None = None
    group: str = ""


@dataclass(slots=True)  # not frozen: made for every job, and that costs thrice as much
class Ended:
    """What became of an attempt.

    Attributes:
        attempt: The number under which it was claimed, the fence.
        text: For complete and failed the record's tail, for retry the error as JSON.
        due: When it may run again: 0 now, above 0 at this epoch time in ms, below 0 in so many ms.
    """

    id: str
    attempt: int
    kind: Kind
    text: str = field(default="", repr=False)
    due: int = 0
    followers: tuple[Follower, ...] = ()


class Claim(NamedTuple):
    """A job that a worker may run now.

    Attributes:
        attempt: How often it was claimed, this time included; the fence.
        excused: How many of those cost no attempt.
    """

    id: str
    attempt: int
    excused: int
    record: bytes


class Turn(NamedTuple):
    """The reply to a worker's turn.

    Attributes:
        refused: Ids of ended jobs that somebody else has by now.
        next_look: Seconds until a job is due or may start, None if nothing is planned.
        next_tick: Seconds until a schedule is due, None if there is none.
    """

    refused: Sequence[str]
    claims: Sequence[Claim]
    next_look: float | None
    next_tick: float | None


class Beat(NamedTuple):
    """The reply to a sign of life.

    Attributes:
        aborting: The reasons by the ids of the worker's jobs that shall stop.
        quiet: Whether it shall take no more jobs.
    """

    aborting: Mapping[str, str]
    quiet: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for a queue as a whole; 0 is no limit.

    Attributes:
        concurrency: How many jobs run at once in all workers.
        rate: How many may start in any ``period``, in ms.
    """

    concurrency: int = 0
    rate: int = 0
    period: int = 0


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long ended jobs are kept: by age in ms and by number."""

    completed_ms: int
    failed_ms: int
    completed: int = ALL
    failed: int = ALL


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs are in each state, and how many ended so ever since."""

    waiting: int
    delayed: int
    active: int
    completed: int
    failed: int
    paused: bool
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """A job as it is stored.

    Attributes:
        record: Its JSON; with a tail once it has ended.
        worker: Who runs it.
        order: Its place among those that wait: since when, in µs, a ``HEAD_START`` less for
            each point of priority; None unless it is waiting.
        due: When it may run, epoch ms; None unless it is delayed.
        ended: When it ended, epoch ms.
        attempt: How often it was claimed.
        errors: JSON objects, one a line.
        log: Lines.
    """

    id: str
    state: State
    record: bytes = field(repr=False)
    worker: str | None
    order: int | None
    due: int | None
    ended: int | None
    attempt: int
    excused: int
    aborting: str | None
    progress: str | None
    errors: str = field(repr=False)
    log: str = field(repr=False)


class Store(Protocol):
    """Holds the jobs of all queues.

    Attributes:
        away: The errors that mean that it did not answer, and nobody knows what it did.
    """

    away: tuple[type[Exception], ...]

    def refuses(self, error: Exception) -> bool:
        """Tell whether an error means that it answers, and takes no writes for now."""
        ...

    def base(self, queue: str) -> str:
        """Return what all keys of a queue begin with."""
        ...

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call until the store answers."""
        ...

    async def enqueue(
        self, batches: Sequence[tuple[str, Sequence[Entry], int]], groups: Sequence[Group] = ()
    ) -> list[list[int] | int]:
        """Store jobs of several queues in one step; see ``lua/enqueue.lua``.

        Args:
            batches: Queue, jobs, and how many may wait (0: no limit).
            groups: Those that begin with them.

        Returns:
            For each batch 1 or 0 a job, or the number that waits in a queue that is full.
        """
        ...

    async def turn(
        self, queue: str, worker: str, ended: Sequence[Ended], free: int, keep: Keeping
    ) -> Turn | None:
        """End jobs and claim others; None for a worker that is not known."""
        ...

    async def beat(
        self, queue: str, worker: str, lease: int, info: str, keep: Keeping, deaths: int
    ) -> Beat | None:
        """Extend a worker's lease, in ms; None for one that is not known."""
        ...

    async def join(
        self,
        queue: str,
        worker: str,
        lease: int,
        info: str,
        limits: Limits,
        was: Sequence[str] = (),
        held: Sequence[tuple[str, int]] = (),
    ) -> set[str]:
        """Come as a worker; return which of the held jobs are its own again."""
        ...

    async def move(self, queue: str, operation: str, *args: str | int) -> list[str] | int:
        """Do what ``lua/move.lua`` lists."""
        ...

    async def tick(
        self,
        queue: str,
        name: str,
        was: str,
        due: int | None,
        text: str,
        entries: Sequence[Entry] = (),
    ) -> bool:
        """Change a schedule and enqueue its run, if nobody changed it; see ``lua/tick.lua``.

        Args:
            queue: Its queue.
            name: Its name in the queue.
            was: Its text as it was read, empty for none.
            due: Its next tick in epoch ms, None if it stands still.
            text: Its new text, empty to remove it.
            entries: The run.
        """
        ...

    async def wait(self, queues: Sequence[str], seconds: float) -> str | None:
        """Wait until one of the queues has something; return its name, None if none has."""
        ...

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Sequence[Notice]]]:
        """Hear of the jobs that end, or will be tried again, from here on."""
        ...

    async def counts(self, queue: str) -> Counts:
        """Count a queue's jobs."""
        ...

    async def ids(self, queue: str, state: State, offset: int, limit: int) -> list[str]:
        """List ids: waiting in the order in which they run, delayed by time, ended newest first."""
        ...

    async def read(self, queue: str, ids: Sequence[str]) -> list[Stored | None]:
        """Read jobs."""
        ...

    async def workers(self, queue: str) -> dict[str, str]:
        """List what the workers tell about themselves whose lease has not run out."""
        ...

    async def now(self) -> int:
        """Return the store's time in epoch ms."""
        ...

    async def due(self, queue: str, now: int) -> list[str]:
        """List the schedules that are due by a time in epoch ms, the first hundred."""
        ...

    async def schedules(
        self, queue: str, names: Sequence[str] | None = None
    ) -> dict[str, tuple[str, int | None]]:
        """List text and next tick in epoch ms of the queue's schedules, or of some of them."""
        ...


class Notice(NamedTuple):
    """Something happened to a job.

    Attributes:
        base: The base of its queue's keys.
        kind: c completed, f failed, r will be tried again.
    """

    base: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs after whose end another one follows.

    Attributes:
        queue: The callback's queue, which keeps the count.
        count: How many jobs it has.
        then: Enqueued when all have completed.
        otherwise: Enqueued when all have ended and some have failed.
    """

    queue: str
    id: str
    count: int
    then: Entry | None = None
    otherwise: Entry | None = None

"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from hutch_queue.calls import Call

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Handle(Generic[R_co]):
    """A job that was enqueued.

    Attributes:
        id: Unique in its queue; the key where one was given.
        queue: The queue's name.
        created: False where a live job with that key was there already.
    """

    id: str
    queue: str
    created: bool
    _result: Callable[[float], Awaitable[R_co]] = field(repr=False, compare=False)

    async def result(self, timeout: float = 10) -> R_co:
        """Wait for the job to end and return what it returned.

        Args:
            timeout: Seconds to wait.

        Raises:
            JobFailed: It failed for good; tells its last error.
            ResultTimeout: It has not ended in time; it goes on all the same.
            JobGone: Its record is no longer kept, or its result is not of the declared type.
        """
        return await self._result(timeout)


class Queue(Protocol):
    """Takes jobs for later. One for all queues: a call knows its own."""

    async def enqueue(
        self,
        call: Call[R],
        /,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
        at: datetime | None = None,
    ) -> Handle[R]:
        """Store a job; once this returns it will run at least once.

        Args:
            call: E.g. ``Emails.confirm(order)``.
            key: While a job with this key waits or runs in the queue, no second one
                is stored and its handle is returned. No personal data: keys are logged.
            delay: Run it this much later.
            at: Run it at this time; needs a time zone.

        Raises:
            InvalidArguments: The arguments do not fit the job; nothing is stored.
            PayloadTooLarge: They are too large; nothing is stored.
            InvalidOption: The key, delay or time cannot be used.
            UnknownQueue: No module declares the queue.
            QueueUnavailable: The queue's server did not answer; the job may be stored or not.
        """
        ...

    async def enqueue_all(self, calls: Iterable[Call[R]], /) -> list[Handle[R]]:
        """Store several jobs, of any queues, in one trip; if one is refused, none is stored.

        Raises:
            InvalidArguments: Some arguments do not fit their job.
            PayloadTooLarge: Some are too large.
            UnknownQueue: No module declares a queue.
        """
        ...


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How many jobs a queue has.

    Attributes:
        waiting: Ready to run.
        active: Running.
        scheduled: Due later: delayed, or between two attempts.
    """

    waiting: int
    active: int
    scheduled: int


class QueueAdmin(Protocol):
    """What operators look at."""

    def names(self) -> list[str]:
        """List the declared queues, sorted."""
        ...

    async def stats(self, queue: str) -> QueueStats:
        """Count a queue's jobs.

        Raises:
            UnknownQueue: No module declares it.
        """
        ...

"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from typing_extensions import Unpack

from hutch_queue.declare.calls import Call
from hutch_queue.declare.options import Options

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Handle(Generic[R_co]):
    """A job that was enqueued.

    Attributes:
        id: Unique in its queue; the key where one was given.
        queue: The queue's name.
        created: False where it was not stored, since a job with that key was there already.
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

    async def enqueue(self, call: Call[R], /, **options: Unpack[Options]) -> Handle[R]:
        """Store a job; once this returns it will run at least once.

        Args:
            call: E.g. ``Emails.confirm(order)``.
            options: See ``Options``; beside those that the call has.

        Raises:
            InvalidArguments: The arguments do not fit the job; nothing is stored.
            PayloadTooLarge: They are too large; nothing is stored.
            InvalidOption: An option cannot be used; nothing is stored.
            UnknownQueue: No module declares the queue.
            QueueFull: As many jobs wait as the queue may hold; nothing is stored.
            QueueUnavailable: The queue's server did not answer; the job may be stored or not.
        """
        ...

    async def enqueue_all(self, calls: Iterable[Call[R]], /) -> list[Handle[R]]:
        """Store several jobs, of any queues, up to 500 in one step.

        All are checked before the first is stored. Options come with ``call.with_options(...)``.

        Raises:
            QueueError: As ``enqueue``; of a full queue it tells how many are stored.
        """
        ...

    async def chain(self, *calls: Call[Any]) -> Handle[Any]:
        """Store jobs that run one after the other, each when the one before has completed.

        Where one fails for good the chain stops there; replayed, it goes on.

        Returns:
            The handle of the last one.

        Raises:
            QueueError: As ``enqueue``; nothing is stored.
        """
        ...

    async def group(
        self,
        calls: Iterable[Call[R]],
        *,
        then: Call[Any] | None = None,
        otherwise: Call[Any] | None = None,
    ) -> list[Handle[R]]:
        """Store jobs that run side by side, and a job that follows on the last of them.

        Args:
            calls: At most 500.
            then: Enqueued once all have completed.
            otherwise: Enqueued once all have ended and some have failed, or were removed.

        Raises:
            QueueError: As ``enqueue``; nothing is stored.
        """
        ...

"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from typing_extensions import Unpack

from hutch_database import Session
from hutch_queue import Call, Options


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """What is committed and not yet in its queue.

    Attributes:
        waiting: How many jobs.
        oldest: For how many seconds the oldest has waited; 0 if none does.
    """

    waiting: int = 0
    oldest: float = 0.0


class Outbox(Protocol):
    """Enqueues jobs in the database's transaction: with it they come, or not at all."""

    async def enqueue(
        self, session: Session, call: Call[Any], /, **options: Unpack[Options]
    ) -> str:
        """Write a job in the session's transaction; once that is committed it will run.

        Args:
            session: One of the app's ``Database``.
            call: E.g. ``Emails.confirm(order)``.
            options: See ``hutch_queue.Options``; a delay counts from here.

        Returns:
            The job's id: the key where one was given.

        Raises:
            QueueError: The call is refused, as by ``Queue.enqueue``; nothing is written.
        """
        ...

    async def enqueue_all(self, session: Session, calls: Iterable[Call[Any]], /) -> list[str]:
        """Write several jobs in the session's transaction; return their ids.

        All are checked before the first is written. Options come with ``call.with_options(...)``.

        Raises:
            QueueError: One is refused; nothing is written.
        """
        ...

    async def relay(self) -> int:
        """Move what is committed to the queues now; return how many jobs.

        The running app does so by itself. Jobs of a queue that is full stay.

        Raises:
            QueueUnavailable: The queue's server did not answer; nothing is lost.
        """
        ...

    async def stats(self) -> OutboxStats:
        """Count what is committed and not yet in its queue."""
        ...

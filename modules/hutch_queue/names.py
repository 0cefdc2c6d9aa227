"""Names: which queues there are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from hutch.discovery import Discovery
from hutch_queue.errors import InvalidJob, UnknownQueue
from hutch_queue.storage.store import ALL, Keeping, Limits

MAX_LENGTH = 100


def check_name(name: str) -> None:
    """Refuse what cannot be a queue's name.

    Raises:
        InvalidJob: It is empty, too long or has control characters.
    """
    if not name.strip() or len(name) > MAX_LENGTH or has_control(name):
        raise InvalidJob(
            f"queue {name[:40]!r}: a name has 1 to {MAX_LENGTH} characters, none of them "
            "a control character."
        )


def has_control(text: str) -> bool:
    """Tell whether a text has control characters or lone surrogates."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many jobs may start in any period of that length.

    Raises:
        InvalidJob: The number is below 1, or the period is below a millisecond.
    """

    most: int
    period: timedelta

    def __post_init__(self) -> None:
        if self.most < 1 or self.period < timedelta(milliseconds=1):
            raise InvalidJob(
                f"Rate({self.most}, {self.period}): use 1 job or more in a millisecond or more, "
                "e.g. Rate(10, timedelta(minutes=1))."
            )


@dataclass(frozen=True, slots=True)
class QueueName:
    """A queue that a module declares.

    Args:
        name: What processors and messages call it.
        keep_completed: How long a completed job's record and result are kept.
        keep_failed: How long a failed job's record is kept.
        most_completed: How many completed jobs' records are kept; None is no limit.
        most_failed: How many failed jobs' records are kept; None is no limit.
        concurrency: How many of its jobs run at once in all workers; None is no limit.
        rate: How many of its jobs may start in which period; None is no limit.
        capacity: How many jobs may wait, delayed ones included; 0 is no limit.

    Raises:
        InvalidJob: The name cannot be a queue's, or a limit makes no sense.
    """

    name: str
    keep_completed: timedelta = timedelta(days=1)
    keep_failed: timedelta = timedelta(days=7)
    most_completed: int | None = None
    most_failed: int | None = None
    concurrency: int | None = None
    rate: Rate | None = None
    capacity: int = 0

    def __post_init__(self) -> None:
        check_name(self.name)
        for option in ("keep_completed", "keep_failed"):
            if getattr(self, option) < timedelta(seconds=1):
                raise InvalidJob(
                    f"queue_module({self.name!r}, {option}=...): records are kept for at least "
                    "a second."
                )
        for option in ("most_completed", "most_failed", "concurrency"):
            number = getattr(self, option)
            if number is not None and number < 1:
                raise InvalidJob(
                    f"queue_module({self.name!r}, {option}={number}): use 1 or more, or None."
                )
        if self.capacity < 0:
            raise InvalidJob(
                f"queue_module({self.name!r}, capacity={self.capacity}): it cannot be negative."
            )

    @property
    def keeping(self) -> Keeping:
        """What the store is told of the records to keep."""
        return Keeping(
            _milliseconds(self.keep_completed),
            _milliseconds(self.keep_failed),
            ALL if self.most_completed is None else self.most_completed,
            ALL if self.most_failed is None else self.most_failed,
        )

    @property
    def limits(self) -> Limits:
        """What the store is told of the limits that hold for all workers."""
        rate = self.rate
        return Limits(
            self.concurrency or 0,
            rate.most if rate else 0,
            _milliseconds(rate.period) if rate else 0,
        )


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


class Queues:
    """The queues of the app, as its modules declare them."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._declared: dict[str, QueueName] | None = None

    def __getitem__(self, name: str) -> QueueName:
        """Return a queue's declaration.

        Raises:
            UnknownQueue: No module declares it; tells which ones there are.
        """
        declared = self._all()
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise UnknownQueue(
                f"no module declares the queue {name!r}; declared: {known}. "
                f"Import queue_module({name!r})."
            )
        return declared[name]

    def names(self) -> list[str]:
        """List the names of all queues, sorted."""
        return sorted(self._all())

    def _all(self) -> dict[str, QueueName]:
        if self._declared is None:
            declared: dict[str, QueueName] = {}
            for queue in self._discovery.declared(QueueName):
                if declared.setdefault(queue.name, queue) != queue:
                    raise InvalidJob(
                        f"the queue {queue.name!r} is declared twice with different retention; "
                        "declare it once, or alike."
                    )
            self._declared = declared
        return self._declared

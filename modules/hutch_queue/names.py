"""Names: which queues there are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from hutch.discovery import Discovery
from hutch_queue.errors import InvalidJob, UnknownQueue

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
class QueueName:
    """A queue that a module declares.

    Args:
        name: What processors and messages call it.
        keep_completed: How long a completed job's record and result are kept.
        keep_failed: How long a failed job's record is kept.

    Raises:
        InvalidJob: The name cannot be a queue's, or records would not be kept at all.
    """

    name: str
    keep_completed: timedelta = timedelta(days=1)
    keep_failed: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        check_name(self.name)
        for option in ("keep_completed", "keep_failed"):
            if getattr(self, option) < timedelta(seconds=1):
                raise InvalidJob(
                    f"queue_module({self.name!r}, {option}=...): records are kept for at least "
                    "a second."
                )


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

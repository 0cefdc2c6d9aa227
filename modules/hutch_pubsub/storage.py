"""Storage: what a backend of the inbox does. Entries are flat text; specs say how they are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from hutch_pubsub.inbox_spec import InboxSpec

T = TypeVar("T")

Shelf = Literal["waiting", "dead", "review"]
"""Where entries are: in the inbox itself, among the dead, or put aside for review."""
Kind = Literal["ack", "dead", "later", "back"]
"""How the handling of an entry ended: done; put it among the dead; try again later; not begun."""


@dataclass(slots=True)  # not frozen: made for every entry
class Entry:
    """An entry that a consumer got.

    Attributes:
        id: Its number: milliseconds of the store's clock, and which one of that millisecond.
        fields: What is in it.
        deliveries: How often it was delivered, this time included.
    """

    id: str
    fields: dict[str, str] = field(repr=False)
    deliveries: int = 1


@dataclass(slots=True)  # not frozen: made for every entry
class Done:
    """What became of an entry.

    Attributes:
        key: The value that its order goes by; empty where it has none.
        reason: Why it is among the dead.
        deliveries: Which delivery ended. When it was delivered anew since, this end is void,
            but for an ack: what is done is done.
    """

    id: str
    kind: Kind
    key: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """What a consumer gets.

    Attributes:
        entries: To be handled now.
        last: The number of the newest entry, which ``wait`` wants; empty where more may wait.
        moved: How many entries were put aside on the way, by reason.
        gone: Entries that somebody else has deleted before they were handled.
        length: How many entries the inbox has; None where it was not looked at.
        cursor: Where the next look for abandoned entries begins; ``-`` is the beginning.
    """

    entries: list[Entry]
    last: str = ""
    moved: Mapping[str, int] = field(default_factory=dict[str, int])
    gone: Sequence[str] = ()
    length: int | None = None
    cursor: str = "-"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of entries that were added.

    Attributes:
        ids: Their numbers.
        moved: How many entries were put aside for that, by reason.
    """

    ids: list[str]
    moved: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class InboxStats:
    """An inbox in figures.

    Attributes:
        length: Entries in it, those in work included.
        delivered: How many of them consumers have.
        dead: Entries among the dead.
        review: Entries put aside for review.
        oldest: Seconds since the oldest was added; 0 without any.
        consumers: How many consumers its group knows.
    """

    length: int = 0
    delivered: int = 0
    dead: int = 0
    review: int = 0
    oldest: float = 0.0
    consumers: int = 0


class InboxStore(Protocol):
    """Keeps inboxes. Each method is one step: it happens whole or not at all."""

    @property
    def away(self) -> tuple[type[Exception], ...]:
        """Errors that say that the store cannot be reached now."""
        ...

    @property
    def full(self) -> tuple[type[Exception], ...]:
        """Errors that say that the store has no room."""
        ...

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Await ``call()`` again and again until the store answers."""
        ...

    async def open(self, spec: InboxSpec[Any]) -> None:
        """Make the inbox and its group, from its first entry on, where they are not there."""
        ...

    async def add(self, spec: InboxSpec[Any], entries: Sequence[Mapping[str, str]]) -> Added:
        """Add entries; what is over the length goes to review."""
        ...

    async def turn(
        self, spec: InboxSpec[Any], consumer: str, done: Sequence[Done], want: int, lease: int
    ) -> Turn:
        """Settle what is done, then take up to ``want`` new entries; a stopping one wants -1.

        Settling twice is harmless. What was delivered anew meanwhile is left alone, but for
        what is done. The next of an order goes to who settled the one before.

        Args:
            spec: The inbox.
            consumer: Its name.
            done: What became of entries.
            want: How many entries it has room for.
            lease: Milliseconds after which entries are given to others.
        """
        ...

    async def tend(
        self, spec: InboxSpec[Any], consumer: str, cursor: str, want: int, lease: int
    ) -> Turn:
        """Take entries whose consumer shows no sign of life, and keep the length."""
        ...

    async def beat(self, spec: InboxSpec[Any], consumer: str, ids: Sequence[str]) -> list[str]:
        """Renew the lease of entries; return those that somebody else has."""
        ...

    async def held(self, spec: InboxSpec[Any], consumer: str) -> dict[str, int]:
        """List what is noted under a consumer's name, and how often each was delivered.

        Entries that it ended with ``later`` or ``back`` are, until they are delivered again.
        """
        ...

    async def leave(self, spec: InboxSpec[Any], consumer: str) -> None:
        """Forget a consumer that has nothing."""
        ...

    async def wait(self, spec: InboxSpec[Any], last: str, seconds: float) -> None:
        """Wait until there is an entry newer than this number, or the time is over."""
        ...

    async def stats(self, spec: InboxSpec[Any]) -> InboxStats:
        """Count."""
        ...

    async def page(self, spec: InboxSpec[Any], shelf: Shelf, after: str, limit: int) -> list[Entry]:
        """List entries of a shelf, the oldest first, from after a number on."""
        ...

    async def replay(self, spec: InboxSpec[Any], shelf: Shelf, ids: Sequence[str]) -> list[str]:
        """Add entries of a shelf to the inbox anew; return those that were there."""
        ...

    async def discard(self, spec: InboxSpec[Any], shelf: Shelf, ids: Sequence[str]) -> list[str]:
        """Delete entries of a shelf; return those that were there. Not what waits."""
        ...

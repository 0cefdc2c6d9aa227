"""Board: which subscriber of this process hears which name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hutch_pubsub.names import covers, is_pattern

if TYPE_CHECKING:
    from hutch_pubsub.subscriber import Subscriber


@dataclass(slots=True)
class Tally:
    """What went wrong in this process, ever since.

    Attributes:
        dropped: Events lost to full queues.
        unreadable: Messages that did not fit their channel's model.
    """

    dropped: int = 0
    unreadable: int = 0


class Board:
    """A table of names and patterns; each is on the server as long as somebody hears it here.

    Attributes:
        tally: Counts for all subscribers.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self._seats: dict[str, dict[Subscriber, int]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._seats

    def __iter__(self) -> Iterator[str]:
        return iter(self._seats)

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def subscribers(self) -> int:
        """How many hear something."""
        return len({subscriber for seats in self._seats.values() for subscriber in seats})

    def seat(self, subscriber: Subscriber) -> None:
        """Let a subscriber hear its names."""
        for index, name in enumerate(subscriber.names):
            self._seats.setdefault(name, {})[subscriber] = index

    def leave(self, subscriber: Subscriber) -> list[str]:
        """Let it hear nothing more; return the names that nobody hears any longer."""
        for name in subscriber.names:
            seats = self._seats.get(name, {})
            seats.pop(subscriber, None)
            if not seats:
                self._seats.pop(name, None)
        return [name for name in subscriber.names if name not in self._seats]

    def tell(self, name: str, text: bytes) -> None:
        """Hand a message to those who hear exactly this name."""
        for subscriber, index in self._seats.get(name, {}).items():
            subscriber.put(index, name, text)

    def tell_by_pattern(self, pattern: str, name: str, text: bytes) -> None:
        """Hand a message to those who hear this pattern."""
        if covers(pattern, name):
            for subscriber, index in self._seats.get(pattern, {}).items():
                subscriber.put(index, name, text)

    def patterns_for(self, name: str) -> list[str]:
        """List the patterns here that match a name."""
        return [found for found in self._seats if is_pattern(found) and fnmatchcase(name, found)]

    def lost(self, name: str) -> None:
        """Tell those who hear a name that its subscription was interrupted."""
        for subscriber, index in self._seats.get(name, {}).items():
            subscriber.lost(index)

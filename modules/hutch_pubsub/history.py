"""History: the last events of a topic, kept so that who comes back hears what was missed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from hutch_pubsub.channel import Topic

Position = tuple[int, int]
"""The number of an entry: milliseconds of the server's clock, and which one of that millisecond."""

START: Position = (0, 0)
_POSITION = re.compile(r"([0-9]{1,15})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a history has had since a position.

    Attributes:
        texts: The entries as they were published, each its number, a space and JSON.
        position: Where the asker stands now.
        complete: Whether nothing in between is gone.
    """

    texts: list[bytes] = field(repr=False)
    position: Position
    complete: bool


class History(Protocol):
    """Reads what is kept of topics."""

    async def end(self, topic: Topic[Any]) -> Position:
        """Return the position of the last event.

        Raises:
            EventsUnavailable: The server did not answer.
        """
        ...

    async def since(self, topic: Topic[Any], position: Position) -> Recalled:
        """Read what came after a position.

        Raises:
            EventsUnavailable: The server did not answer.
        """
        ...


def read_position(text: str) -> Position | None:
    """Read a position; None where it is none."""
    match = _POSITION.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def show_position(position: Position | None) -> str:
    """Write a position; nothing where there is none."""
    return "" if position is None else f"{position[0]}-{position[1]}"


def position_of(text: bytes) -> Position | None:
    """Read the position that a published text begins with."""
    return read_position(text.partition(b" ")[0].decode("ascii", "replace"))

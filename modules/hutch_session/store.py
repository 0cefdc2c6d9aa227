"""Store: what a backend keeps, with the data sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hutch_session.ids import Place
from hutch_session.owner import Owner

TOUCH = 60
"""Seconds within which a session that is used is noted only once."""
GRACE = 10
"""Seconds that an old id is honoured for requests that are under way."""
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Content:
    """A session's data as it is written.

    Attributes:
        sealed: The data, encrypted where the profile says so.
        plain: Copies of texts in it that other programs may read; None removes one.
    """

    sealed: bytes = field(repr=False)
    plain: Mapping[str, str | None] = field(repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Record:
    """A session as it is kept; times in Unix seconds."""

    place: Place
    owner: Owner
    created: int
    expires: int
    seen: int
    version: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A session to begin.

    Attributes:
        place: Where.
        owner: Whose it is.
        lifetime: How long it lives, in seconds; None is until the end of the one it replaces.
        content: Its data.
    """

    place: Place
    owner: Owner
    lifetime: int | None
    content: Content


@dataclass(frozen=True, slots=True)
class Written:
    """How a write ended.

    Attributes:
        done: Whether it was done; if not, somebody else was faster.
        record: The session as it is now, perhaps at another place.
    """

    done: bool
    record: Record


class Store(Protocol):
    """Keeps records; every method is one atomic step."""

    async def add(self, beginning: Beginning) -> Record:
        """Begin a session; its lifetime is given."""
        ...

    async def read(self, place: Place) -> Record | None:
        """Return a session that has not ended, and note that it was seen.

        An old id whose session was rotated without a login leads to the new record.
        """
        ...

    async def write(self, place: Place, version: int, content: Content) -> Written | None:
        """Write the data if it is still of that version and place; None if the session ended."""
        ...

    async def move(self, place: Place, version: int, to: Beginning) -> Written | None:
        """Go on with the session at another place, if it is still of that version and place.

        The old place is kept for ``GRACE``: with a new lifetime (a login) it stays what it was
        as long as the new one has not ended, without one it leads to the new one.
        """
        ...

    async def remove(self, place: Place) -> None:
        """End a session, and what it leads to; a login that it was moved to goes on."""
        ...

    async def of(self, user: str) -> list[Record]:
        """List a user's sessions, the one that ends last first; ``MOST_LISTED`` at most."""
        ...

    async def remove_one(self, user: str, place: Place) -> bool:
        """End a session, as ``remove`` does, if it is this user's; return whether it was."""
        ...

    async def remove_all(self, user: str) -> None:
        """End all sessions that a user has at this moment."""
        ...

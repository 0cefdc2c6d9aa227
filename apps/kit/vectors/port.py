"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hutch_database import Session
from kit.vectors.vector import Vector


@dataclass(frozen=True, slots=True)
class Space:
    """Vectors that may be compared: of one kind of thing, by one model.

    Attributes:
        name: What they are of, e.g. ``"products"``.
        model: The model's id. A new model is a new space: its vectors never meet the old ones.
        dimensions: How many numbers each has.
    """

    name: str
    model: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A vector to keep.

    Attributes:
        id: Unique in its space: the row's id, or a hash of the content.
        vector: Of any length but zero; its direction alone counts.
        tags: What a search can be narrowed by; names of letters, digits and ``_.-``.
    """

    id: str
    vector: Sequence[float] | Vector = field(repr=False)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Match:
    """Something found.

    Attributes:
        score: The cosine: 1 is the same direction, 0 is unrelated, -1 the opposite.
    """

    id: str
    score: float
    tags: Mapping[str, str]


class Vectors(Protocol):
    """Keeps vectors in the app's database, in the session's own transaction."""

    async def upsert(self, session: Session, space: Space, entries: Iterable[Entry]) -> None:
        """Keep vectors, all or none; what has the same id is replaced, its tags too.

        Raises:
            WrongVector: One is not of the space's length, holds no numbers or is zero.
            InvalidTag: A tag has another name.
        """
        ...

    async def nearest(
        self,
        session: Session,
        space: Space,
        vector: Sequence[float] | Vector,
        count: int = 10,
        *,
        tags: Mapping[str, str] | None = None,
        least: float = -1.0,
    ) -> list[Match]:
        """Find the nearest, the best first; of equals the smaller id first.

        Args:
            session: One of the app's ``Database``.
            space: Where to look.
            vector: What they should be near to.
            count: How many at most.
            tags: Only what carries all of them.
            least: Only what scores so much or more.

        Raises:
            WrongVector: The vector is not one of this space.
            InvalidTag: A tag has a name that none can have.
        """
        ...

    async def known(self, session: Session, space: Space, ids: Iterable[str]) -> set[str]:
        """Tell which ids have a vector: those need not be embedded again."""
        ...

    async def delete(self, session: Session, space: Space, ids: Iterable[str]) -> int:
        """Forget vectors; return how many there were."""
        ...

    async def count(
        self, session: Session, space: Space, *, tags: Mapping[str, str] | None = None
    ) -> int:
        """Count the vectors of a space that carry all the tags."""
        ...

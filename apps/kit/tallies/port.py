"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Name = tuple[str, ...]
"""A name in its parts, e.g. ``("bandit", "topic", "coffee", "alpha")``."""


@dataclass(frozen=True, slots=True)
class Step:
    """Increments that are made together, from one place in a list of such steps to the next.

    Attributes:
        mark: The name under which the place is kept.
        after: The place before it; empty at the beginning.
        to: The place that it leads to.
        by: How much is added to which counter.
    """

    mark: Name
    after: str
    to: str
    by: Mapping[Name, int]


class Tallies(Protocol):
    """Whole numbers by name, for all processes together. They have no end.

    The list of the steps is kept elsewhere, in a database. Whoever takes them reads the mark
    and goes on from there: a step that is repeated, or that two take at once, counts once. And
    counters that are lost with their mark come back by taking all steps again.

    A name that no key can be made of is refused by all methods: ``InvalidKey``.
    """

    async def read(self, names: Sequence[Name]) -> list[int]:
        """Return the numbers, 0 where nothing was counted yet.

        Raises:
            TalliesUnavailable: The server did not answer.
        """
        ...

    async def mark(self, name: Name) -> str:
        """Return the place of a mark; empty at the beginning.

        Raises:
            TalliesUnavailable: The server did not answer.
        """
        ...

    async def advance(self, step: Step) -> bool:
        """Take a step, if the mark is where it begins; return whether it was.

        Raises:
            TalliesUnavailable: The server did not answer: read the mark before going on.
        """
        ...

"""Counter: a limit and the name under which its units are counted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from hutch_ratelimit.errors import InvalidLimit
from hutch_ratelimit.limits import Limit


@dataclass(frozen=True, slots=True)
class Counter:
    """What ``take`` takes from.

    Attributes:
        limit: How much there is.
        parts: The parts of the name; a calendar limit adds the date when it is used.
    """

    limit: Limit
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name as errors and operators see it."""
        return ":".join(self.parts)


def counter_of(limit: Limit, parts: Iterable[str | int]) -> Counter:
    """Name a counter.

    Raises:
        InvalidLimit: No part is given, or one cannot stand in a name.
    """
    counter = Counter(limit, tuple(map(_part, parts)))
    if not counter.parts:
        raise InvalidLimit(f"({limit}).at(): give the counter a name, e.g. .at('login', user_id).")
    return counter


def _part(part: str | int) -> str:
    # None and True would be names that look right and are shared by everybody.
    if isinstance(part, bool) or not isinstance(part, str | int):
        raise InvalidLimit(f"at({part!r}): the parts of a counter's name are str or int.")
    text = str(part)
    if not text or any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise InvalidLimit(
            f"at({text[:40]!r}): a part must not be empty or have control characters."
        )
    return text


def check(counters: tuple[Counter, ...], cost: int, token: str | None = None) -> None:
    """Refuse a call that cannot be decided; nothing has happened yet.

    Raises:
        InvalidLimit: No counter, one twice, a cost that can never pass, or an empty token.
    """
    if not counters:
        raise InvalidLimit("give at least one counter, e.g. take(per_day(50).at('posts', user)).")
    if isinstance(cost, bool) or not isinstance(cost, int) or cost < 1:
        raise InvalidLimit(f"cost={cost!r}: use 1 or more.")
    for counter in counters:
        if cost > counter.limit.most:
            raise InvalidLimit(
                f"{counter.name}: cost={cost} is more than the limit of {counter.limit} allows."
            )
    if len(counters) > 1 and len({counter.parts for counter in counters}) < len(counters):
        names = [counter.name for counter in counters]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidLimit(f"{twice}: the same counter is given twice; give it once.")
    if token == "":
        raise InvalidLimit("token='': an empty token would be everybody's; give a job's id.")

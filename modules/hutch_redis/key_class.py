"""Key classes: how long keys of a kind may live, declared by whoever writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hutch_redis.errors import InvalidKey

Life = Literal["short", "medium", "long", "none"]
"""How long keys of a class live: up to an hour, a day, 30 days, or without an end."""

LONGEST: dict[Life, int] = {"short": 3600, "medium": 86_400, "long": 30 * 86_400}
"""Seconds that a key of each class may have to live; ``none`` never ends."""

ANY = "*"


@dataclass(frozen=True, slots=True)
class KeyClass:
    """Keys of one pattern: ``Declare(KeyClass("cache:tweet:*", "medium"))`` in a module.

    Args:
        pattern: Without the app's prefix; ``*`` stands for one part, at the end for all the rest.
        life: ``short`` is up to an hour, ``medium`` a day, ``long`` 30 days; ``none`` has no TTL.

    Raises:
        InvalidKey: The pattern has an empty part.
    """

    pattern: str
    life: Life

    def __post_init__(self) -> None:
        if not all(self.pattern.split(":")):
            raise InvalidKey(f"pattern {self.pattern!r}: a part of a key must not be empty.")

    @property
    def rank(self) -> tuple[int, int]:
        """Orders patterns that match one key: the most exact is the largest."""
        parts = self.pattern.split(":")
        return len(parts), -parts.count(ANY)

    def matches(self, name: str) -> bool:
        """Tell whether a key, without the prefix, is of this kind."""
        wanted, parts = self.pattern.split(":"), name.split(":")
        if wanted[-1] == ANY and len(parts) > len(wanted):
            parts = [*parts[: len(wanted) - 1], ANY]
        return len(wanted) == len(parts) and all(
            want in (ANY, part) for want, part in zip(wanted, parts, strict=True)
        )

    def fault(self, ttl: int) -> str | None:
        """Say what is wrong with a key's time to live in seconds, -1 for none."""
        if self.life == "none":
            return None if ttl == -1 else f"ends in {ttl} s, but its class is none"
        if ttl == -1:
            return f"has no TTL, but its class is {self.life}"
        if ttl > LONGEST[self.life]:
            return f"ends in {ttl} s, but its class {self.life} is {LONGEST[self.life]} s at most"
        return None

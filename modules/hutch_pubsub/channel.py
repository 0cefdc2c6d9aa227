"""Channels: where typed events are published, named ``domain:event:scope``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel

from hutch_pubsub.errors import InvalidChannel

M = TypeVar("M", bound=BaseModel)

_LITERAL = re.compile(r"[A-Za-z0-9_.@=+-]+")
_SCOPE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Channel(Generic[M]):
    """A kind of events: ``PUBLISHED = Channel("posts:published:{brand}", PostPublished)``.

    Args:
        template: Parts separated by ``:``; one in braces is a part of the scope.
        model: What is published.
        history: How many of the last events of each topic are kept, so that a subscriber
            that comes back hears what it missed; 0 keeps none.
        history_for: How long they are kept after the last of them; a second or more.

    Raises:
        InvalidChannel: The template cannot be used, or the history makes no sense.
    """

    template: str
    model: type[M]
    history: int = 0
    history_for: timedelta = timedelta(days=1)
    scope: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        parts = self.template.split(":")
        for part in parts:
            if not (_LITERAL.fullmatch(part) or _SCOPE.fullmatch(part)):
                raise InvalidChannel(
                    f"Channel({self.template!r}): the part {part!r} is neither plain text "
                    "(A-Z a-z 0-9 _ . @ = + -) nor a name in braces, e.g. 'posts:published:{brand}'"
                    "."
                )
        names = tuple(match[1] for part in parts if (match := _SCOPE.fullmatch(part)))
        if len(set(names)) < len(names) or _SCOPE.fullmatch(parts[0]):
            raise InvalidChannel(
                f"Channel({self.template!r}): begin with plain text and use each name once."
            )
        if self.history < 0 or self.history_for < timedelta(seconds=1):
            raise InvalidChannel(
                f"Channel({self.template!r}, history={self.history}, "
                f"history_for={self.history_for}): keep 0 events or more, for a second or more."
            )
        object.__setattr__(self, "scope", names)

    @property
    def kind(self) -> str:
        """The template without its scope: ``posts:published``."""
        parts = self.template.split(":")
        return ":".join(part for part in parts if not _SCOPE.fullmatch(part))

    def of(self, **scope: str | int) -> Topic[M]:
        """Name one topic: ``PUBLISHED.of(brand=7)``; a channel without scope has just one.

        Raises:
            InvalidChannel: A part of the scope is missing, unknown or empty.
        """
        self._check(scope)
        if missing := [name for name in self.scope if name not in scope]:
            raise InvalidChannel(
                f"{self.template}: of() needs {', '.join(missing)}; all() leaves parts open."
            )
        return Topic(self, tuple(str(scope[name]) for name in self.scope))

    def all(self, **scope: str | int) -> Topic[M]:
        """Name all topics, or all those whose scope has these parts; to subscribe to.

        Raises:
            InvalidChannel: A part is unknown or empty.
        """
        self._check(scope)
        given = {name: str(part) for name, part in scope.items()}
        return Topic(self, tuple(given.get(name) for name in self.scope))

    def _check(self, scope: Mapping[str, str | int]) -> None:
        if unknown := [name for name in scope if name not in self.scope]:
            has = ", ".join(self.scope) or "no parts"
            raise InvalidChannel(f"{self.template}: no {', '.join(unknown)}; its scope has {has}.")
        refuse_other_types(self.template, scope)
        if empty := [name for name, part in scope.items() if not str(part)]:
            raise InvalidChannel(f"{self.template}: {', '.join(empty)} must not be empty.")


@dataclass(frozen=True, slots=True)
class Topic(Generic[M]):
    """One topic of a channel, or several where parts of the scope are left open (None)."""

    channel: Channel[M]
    values: tuple[str | None, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it stands for several topics."""
        return None in self.values

    @property
    def scope(self) -> dict[str, str | None]:
        """The parts of the scope by name."""
        return dict(zip(self.channel.scope, self.values, strict=True))

    @property
    def parts(self) -> list[str | None]:
        """All parts in order; those left open are None."""
        scope = self.scope
        matches = ((part, _SCOPE.fullmatch(part)) for part in self.channel.template.split(":"))
        return [scope[match[1]] if match else part for part, match in matches]


def refuse_other_types(place: str, scope: Mapping[str, object]) -> None:
    """Refuse parts of a scope that are no text or number: None would be a topic that many share.

    Raises:
        InvalidChannel: One is.
    """
    for name, part in scope.items():
        if isinstance(part, bool) or not isinstance(part, str | int):
            raise InvalidChannel(f"{place}: {name}={part!r}; a part of a scope is a str or an int.")

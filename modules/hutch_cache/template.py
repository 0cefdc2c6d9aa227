"""Templates: how the keys of an entry are spelled, ``"cache:account:{id}:valid"``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from hutch_cache.errors import InvalidEntry

Parts = tuple[str, ...]
"""A key by its parts; a backend joins them."""

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_LITERAL = re.compile(r"[A-Za-z0-9_.@=+-]+")


@dataclass(frozen=True, slots=True)
class Template:
    """Parts with ``:`` between them, each a word or a ``{field}``.

    Raises:
        InvalidEntry: A part is neither, or a field stands twice.
    """

    text: str
    fields: Parts = field(init=False)
    _plan: tuple[str | int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        fields: list[str] = []
        plan: list[str | int] = []
        for part in self.text.split(":"):
            if match := _FIELD.fullmatch(part):
                plan.append(len(fields))
                fields.append(match[1])
            elif _LITERAL.fullmatch(part):
                plan.append(part)
            else:
                raise InvalidEntry(
                    f"{self.text!r}: the part {part!r} is neither a {{field}} nor a word of "
                    "A-Z a-z 0-9 _ . @ = + -, e.g. 'cache:account:{id}:valid'."
                )
        if len(set(fields)) < len(fields):
            raise InvalidEntry(f"{self.text!r}: a field stands twice; give each its own name.")
        object.__setattr__(self, "fields", tuple(fields))
        object.__setattr__(self, "_plan", tuple(plan))

    @property
    def first(self) -> Parts:
        """The words before the first field."""
        words: list[str] = []
        for part in self._plan:
            if not isinstance(part, str):
                break
            words.append(part)
        return tuple(words)

    def ordered(self, fields: Parts) -> Template:
        """Return this template, to be filled with the values of all these fields."""
        same = Template(self.text)
        plan = [p if isinstance(p, str) else fields.index(self.fields[p]) for p in self._plan]
        object.__setattr__(same, "fields", fields)
        object.__setattr__(same, "_plan", tuple(plan))
        return same

    def fill(self, values: Sequence[str]) -> Parts:
        """Put one value into each field, in their order."""
        return tuple([part if isinstance(part, str) else values[part] for part in self._plan])

    def matches(self, parts: Parts) -> bool:
        """Tell whether filling this could give these parts."""
        return len(parts) == len(self._plan) and all(
            isinstance(mine, int) or mine == part
            for mine, part in zip(self._plan, parts, strict=True)
        )

    def meets(self, other: Template) -> bool:
        """Tell whether this and another one could be filled alike."""
        return len(self._plan) == len(other._plan) and all(
            isinstance(mine, int) or isinstance(theirs, int) or mine == theirs
            for mine, theirs in zip(self._plan, other._plan, strict=True)
        )

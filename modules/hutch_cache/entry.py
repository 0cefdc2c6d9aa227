"""Entries: what is cached, as which type, for how long, under which keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from typing_extensions import TypeForm

from hutch_cache.durations import Ttl, seconds_of
from hutch_cache.errors import InvalidEntry
from hutch_cache.shape import Shape
from hutch_cache.template import Parts, Template

T = TypeVar("T")

RESERVED = frozenset({"cache-claim", "cache-tag", "cache-counts"})
"""First parts of the keys that the cache itself uses."""

_KEPT_KEYS = 1024
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_VERSION = re.compile(r"v\d+", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Generic[T]):
    """A kind of cached values. Declare it with ``cache_module(...)``.

    ``Entry("brand", Brand, ttl="1h")`` has the keys ``cache:brand:ID``.

    Args:
        name: Its namespace: in figures, in ``HUTCH_CACHE__TTLS`` and for ``clear``.
        type: What is cached; anything that pydantic reads from JSON.
        ttl: How long a value lives, e.g. ``"6h"``; None is no expiry.
        at: The keys' template, where it is not ``cache:NAME:{id}``; begins with a word.
        version: Raise it when the type changes: values of other versions are not read.
        tags: What ``invalidate`` may name, e.g. ``("catalogue", "brand:{id}")``; their
            fields are those of the key.
        stale: For how long after its ``ttl`` a value is still served, while one caller
            loads it anew in the background.
        negative: For how long a None that was loaded is kept; without it, it is not.

    Raises:
        InvalidEntry: One of these cannot be used.
    """

    name: str
    type: TypeForm[T]
    ttl: Ttl = field(kw_only=True)
    at: str = field(default="", kw_only=True)
    version: int | None = field(default=None, kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    stale: Ttl = field(default=None, kw_only=True)
    negative: Ttl = field(default=None, kw_only=True)

    template: Template = field(init=False, repr=False)
    expiry: float | None = field(init=False, repr=False)
    grace: float = field(init=False, repr=False)
    none_expiry: float | None = field(init=False, repr=False)
    shape: Shape[T] = field(init=False, repr=False)
    _base: Template = field(init=False, repr=False)
    _tags: tuple[Template, ...] = field(init=False, repr=False)
    _made: Callable[..., Key[T]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidEntry(
                f"Entry({self.name[:40]!r}): a name has 1 to 100 of A-Z a-z 0-9 _ . -"
            )
        self._set_durations()
        self._set_templates()
        # Hot keys are made once. Typed, since True equals 1 and is refused.
        object.__setattr__(self, "_made", lru_cache(_KEPT_KEYS, typed=True)(self._make))
        shape = Shape(self.type, wrapped=bool(self._tags or self.grace))
        object.__setattr__(self, "shape", shape)
        if self.none_expiry is not None and not shape.takes_none():
            raise self._refuse("negative", "its type has no None; write `Entry(..., X | None)`.")

    def key(self, *ids: str | int | UUID) -> Key[T]:
        """Make the key of one value.

        Args:
            ids: One for each field of the template. What is personal or long belongs
                in a hash: ``products.key(hash_of(query))``.

        Raises:
            InvalidEntry: Their number or a type is wrong.
        """
        try:
            return self._made(*ids)
        except TypeError:  # one cannot be hashed; this tells which
            return self._make(*ids)

    def owns(self, parts: Parts) -> bool:
        """Tell whether a key is this entry's, in whatever version."""
        if self._base.matches(parts):
            return True
        return bool(_VERSION.fullmatch(parts[-1])) and self._base.matches(parts[:-1])

    def meets(self, other: Entry[Any]) -> bool:
        """Tell whether this could own a key of another entry."""
        last = other.template.text.rpartition(":")[2]
        version = last if _VERSION.fullmatch(last) else "v1"  # a field takes any
        base = self._base.text
        return any(Template(text).meets(other.template) for text in (base, f"{base}:{version}"))

    @property
    def first(self) -> Parts:
        """The words that all its keys begin with."""
        return self._base.first

    def _make(self, *ids: str | int | UUID) -> Key[T]:
        fields = self.template.fields
        if len(ids) != len(fields):
            raise InvalidEntry(
                f"{self.name}.key(): {len(ids)} given, but the key {self.template.text!r} "
                f"has {len(fields)} field(s)."
            )
        values = [self._text(number, id) for number, id in enumerate(ids)]
        tags = tuple(":".join(tag.fill(values)) for tag in self._tags)
        return Key(self, self.template.fill(values), tags)

    def _set_durations(self) -> None:
        for option, name in (("ttl", "expiry"), ("stale", "grace"), ("negative", "none_expiry")):
            seconds = seconds_of(getattr(self, option), f"Entry({self.name!r}, {option}=...)")
            object.__setattr__(self, name, seconds)
        object.__setattr__(self, "grace", self.grace or 0.0)
        if self.grace and self.expiry is None:
            raise self._refuse("stale", "a value without expiry is never stale; give it a ttl.")

    def _set_templates(self) -> None:
        base = Template(self.at or f"cache:{self.name}:{{id}}")
        if not base.first or base.first[0] in RESERVED:
            words = ", ".join(sorted(RESERVED))
            raise self._refuse("at", f"begin {base.text!r} with a word, but none of {words}.")
        if self.version is not None and self.version < 1:
            raise self._refuse("version", f"{self.version} is below 1.")
        suffix = "" if self.version is None else f":v{self.version}"
        object.__setattr__(self, "_base", base)
        object.__setattr__(self, "template", Template(base.text + suffix))
        if isinstance(cast(object, self.tags), str):
            raise self._refuse("tags", f"write a tuple: ({self.tags!r},).")
        object.__setattr__(self, "_tags", tuple(self._tag(text) for text in self.tags))

    def _tag(self, text: str) -> Template:
        """Read a tag; its fields are put in the order of the key's."""
        tag = Template(text)
        unknown = [name for name in tag.fields if name not in self.template.fields]
        if unknown:
            raise self._refuse(
                "tags", f"{text!r} has {unknown[0]!r}, which {self.template.text!r} has not."
            )
        return tag.ordered(self.template.fields)

    def _text(self, number: int, id: object) -> str:
        if not isinstance(id, str | int | UUID) or isinstance(id, bool):
            raise InvalidEntry(
                f"{self.name}.key(): {self.template.fields[number]} is a {_kind(id)}; "
                "give a str, int or UUID."
            )
        return str(id)

    def _refuse(self, option: str, why: str) -> InvalidEntry:
        return InvalidEntry(f"Entry({self.name!r}, {option}=...): {why}")


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """The place of one value: made by ``entry.key(...)``.

    Attributes:
        entry: Whose it is.
        parts: Its parts, without the app's prefix.
        tags: What invalidates it.
    """

    entry: Entry[T]
    parts: Parts
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join(self.parts)


def _kind(value: object) -> str:
    return type(value).__name__

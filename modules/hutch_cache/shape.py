"""Shapes: how a value stands in the cache, as JSON that people can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError
from typing_extensions import TypeForm

from hutch_cache.errors import InvalidValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value that was read.

    Attributes:
        value: It; None can be one.
        fresh: Whether it is still within its time to live.
    """

    value: T
    fresh: bool = True


class Shape(Generic[T]):
    """Writes and reads the values of one entry.

    A plain value is its JSON. One that has tags or may be stale is
    ``[value, fresh_until, tag_versions]``, the time in seconds since 1970 or null.

    Args:
        kind: The values' type.
        wrapped: Whether it is the second.
    """

    def __init__(self, kind: TypeForm[T], *, wrapped: bool) -> None:
        self._plain: TypeAdapter[T] = TypeAdapter(kind)
        outer: Any = tuple[kind, float | None, tuple[int, ...]]  # type: ignore[valid-type]
        self._outer: TypeAdapter[tuple[T, float | None, tuple[int, ...]]] | None = (
            TypeAdapter(outer) if wrapped else None
        )
        self._name = kind.__name__ if isinstance(kind, type) else str(kind)

    def takes_none(self) -> bool:
        """Tell whether None is of the type."""
        try:
            self._plain.validate_json(b"null")
        except ValidationError:
            return False
        return True

    def encode(self, value: T, fresh_until: float | None, versions: Sequence[int]) -> bytes:
        """Write a value.

        Raises:
            InvalidValue: It is not of the type.
        """
        try:
            # Without it a value of another type is written all the same, and cannot be read.
            text = self._plain.dump_json(value, by_alias=True, round_trip=True, warnings="error")
        except PydanticSerializationError:
            # Its own message quotes the value.
            raise InvalidValue(
                f"a {type(value).__name__} was to be cached, but the entry's type is "
                f"{self._name}; return or set one of those."
            ) from None
        if self._outer is None:
            return text
        until = b"null" if fresh_until is None else b"%.3f" % fresh_until
        return b"[%s,%s,[%s]]" % (text, until, b",".join(b"%d" % n for n in versions))

    def decode(self, data: bytes, versions: Sequence[int | None], now: float) -> Found[T] | None:
        """Read a value; None where it has another shape or one of its tags was invalidated."""
        try:
            if self._outer is None:
                return Found(self._plain.validate_json(data))
            value, fresh_until, stamped = self._outer.validate_json(data)
        except ValidationError:
            return None
        if stamped != tuple(versions):
            return None
        return Found(value, fresh_until is None or now < fresh_until)

"""Tokens: reading type hints as requests for objects."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import InitVar, dataclass
from enum import Enum
from typing import Annotated, Any, TypeVar, cast

from hutch.errors import InvalidDeclaration

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Name:
    """Distinguish several providers of one type: ``Annotated[str, Name("greeting")]``."""

    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """The token of an ``Annotated[T, Name("x")]`` hint."""

    type: Any
    name: str


@dataclass(frozen=True, slots=True)
class Injected:
    """Mark a handler's parameter as coming from the container."""


Inject = Annotated[T, Injected()]
"""A handler's parameter that the container fills: ``session: Inject[Session]``."""


class Need(Enum):
    """How a parameter wants its object."""

    NOW = "now"
    LAZY = "lazy"
    OPTIONAL = "optional"
    OPTIONAL_LAZY = "optional and lazy"


def describe(token: Any) -> str:
    """Name a token the way its user wrote it, for messages and drawings."""
    if isinstance(token, Named):
        return f"{describe(token.type)}[{token.name}]"
    if isinstance(token, type) and not typing.get_args(token):
        return token.__name__
    text = getattr(token, "__name__", None) if not typing.get_args(token) else None
    return text or str(token).replace("typing.", "")


def token_of(hint: Any) -> Any:
    """Turn a hint into the key under which its provider is found.

    Raises:
        InvalidDeclaration: The hint cannot name a provider.
    """
    if typing.get_origin(hint) is Annotated:
        base, *extras = typing.get_args(hint)
        names = [extra.name for extra in extras if isinstance(extra, Name)]
        return Named(base, names[0]) if names else token_of(base)
    if isinstance(hint, Named | type) or typing.get_origin(hint) is not None:
        return hint
    raise InvalidDeclaration(
        f"{hint!r} cannot be a token; use a class, a Protocol or Annotated[T, Name('x')]."
    )


def read_hint(hint: Any) -> tuple[Any, Need]:
    """Split a parameter's hint into its token and how the object is wanted.

    ``T | None`` is optional; ``Callable[[], T]`` is lazy; ``InitVar[T]`` is ``T``.
    """
    if isinstance(hint, type) and not typing.get_args(hint):
        return hint, Need.NOW
    if isinstance(hint, InitVar):
        return read_hint(cast(Any, hint).type)
    origin = typing.get_origin(hint)
    if origin is Annotated:
        inner, need = read_hint(typing.get_args(hint)[0])
        names = [extra.name for extra in typing.get_args(hint)[1:] if isinstance(extra, Name)]
        return (Named(inner, names[0]) if names else inner), need
    if origin in (typing.Union, types.UnionType):
        return _read_union(hint)
    if origin in (Callable, typing.get_origin(Callable[[], int])):
        arguments = typing.get_args(hint)
        if arguments and arguments[0] == []:
            return read_hint(arguments[1])[0], Need.LAZY
    return hint, Need.NOW


def _read_union(hint: Any) -> tuple[Any, Need]:
    members = typing.get_args(hint)
    wanted = [member for member in members if member is not type(None)]
    if len(wanted) == 1 and len(members) == 2:
        token, need = read_hint(wanted[0])
        return token, Need.OPTIONAL_LAZY if need is Need.LAZY else Need.OPTIONAL
    return hint, Need.NOW

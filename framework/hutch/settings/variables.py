"""Which environment variables a settings class reads."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hutch.redaction import SECRET_TYPES, is_sensitive
from hutch.settings.environment import NESTED, PREFIX

if TYPE_CHECKING:
    from hutch.settings.base import Settings


@dataclass(frozen=True, slots=True, init=False)
class Also:
    """Further names under which a setting is honoured.

    ``url: Annotated[str, Also("REDIS_URL")]``. Two names set to different
    values are refused.
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable and the field that it fills."""

    name: str
    path: tuple[str, ...]
    field: FieldInfo
    model: type[BaseModel]

    @property
    def also(self) -> tuple[str, ...]:
        """Its further names."""
        marks = (mark for mark in self.field.metadata if isinstance(mark, Also))
        return tuple(name for mark in marks for name in mark.names)

    @property
    def secret(self) -> bool:
        """Whether its value, or a part of it, must never be shown."""
        return _is_secret(self.path[-1], self.field.annotation, ())

    @property
    def is_mapping(self) -> bool:
        """Whether any name below it is an entry of its value."""
        origins = (typing.get_origin(kind) or kind for kind in _members(self.field.annotation))
        return any(isinstance(kind, type) and issubclass(kind, Mapping) for kind in origins)

    @property
    def is_group(self) -> bool:
        """Whether it is a nested model, whose parts are variables of their own."""
        kind = self.field.annotation
        return isinstance(kind, type) and issubclass(kind, BaseModel)

    def takes(self, name: str) -> bool:
        """Tell whether a variable of this name sets the field or an entry of it."""
        below = self.is_mapping and name.startswith(self.name + NESTED)
        return name == self.name or name in self.also or below


def prefix_of(cls: type[Settings]) -> str:
    """Return what the names of all variables of a class begin with."""
    return f"{PREFIX}{cls.section.upper()}{NESTED}" if cls.section else PREFIX


def variables_of(cls: type[Settings]) -> Iterator[Variable]:
    """Yield the variables of a class, those of nested models included."""
    return _walk(cls, prefix_of(cls), ())


def _walk(model: type[BaseModel], prefix: str, path: tuple[str, ...]) -> Iterator[Variable]:
    for name, field in model.model_fields.items():
        variable = Variable(prefix + name.upper(), (*path, name), field, model)
        yield variable
        for kind in _members(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _walk(kind, variable.name + NESTED, variable.path)


def _members(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of a union, or the type itself; ``Annotated`` is looked into."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _members(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_secret(name: str, annotation: Any, inside: tuple[Any, ...]) -> bool:
    is_text = str in _members(annotation)
    return (is_text and is_sensitive(name)) or _holds_secret(annotation, inside)


def _holds_secret(annotation: Any, inside: tuple[Any, ...]) -> bool:
    origin = typing.get_origin(annotation) or annotation
    if isinstance(origin, type) and issubclass(origin, SECRET_TYPES):
        return True
    if isinstance(origin, type) and issubclass(origin, BaseModel) and origin not in inside:
        parts = origin.model_fields.items()
        return any(_is_secret(name, part.annotation, (*inside, origin)) for name, part in parts)
    return any(_holds_secret(part, inside) for part in typing.get_args(annotation))

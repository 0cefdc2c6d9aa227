"""Marks: what decorators leave on classes and methods for others to discover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

M = TypeVar("M")
C = TypeVar("C", bound=type[Any])

_MARKS = "__hutch_marks__"
_HANDLER = "__hutch_handler__"
_ATTACHED = "__hutch_attached__"


@dataclass(frozen=True, slots=True)
class Handler:
    """A method that requests or jobs call.

    Args:
        function: The plain function behind the method.
        seed: The type of the value that opens its scope, e.g. ``Request``.
    """

    function: Callable[..., Any]
    seed: type[Any]


def mark(cls: C, value: object) -> C:
    """Leave a mark on a class; subclasses do not inherit it."""
    own: dict[type[Any], object] = dict(cls.__dict__.get(_MARKS, {}))
    own[type(value)] = value
    setattr(cls, _MARKS, own)
    return cls


def mark_of(cls: object, kind: type[M]) -> M | None:
    """Find the mark of this kind on a class, None where there is none."""
    marks: dict[type[Any], Any] = getattr(cls, "__dict__", {}).get(_MARKS, {})
    return marks.get(kind)


def marks_of(cls: object) -> tuple[object, ...]:
    """List all marks of a class."""
    return tuple(getattr(cls, "__dict__", {}).get(_MARKS, {}).values())


def is_marked(cls: object) -> bool:
    """Tell whether a class carries a mark of any kind."""
    return _MARKS in getattr(cls, "__dict__", {})


def mark_handler(attribute: Any, handler: Handler) -> None:
    """Mark a function (or the descriptor that stands for it) as a handler."""
    setattr(attribute, _HANDLER, handler)


def handlers_of(cls: type[Any]) -> Mapping[str, Handler]:
    """Collect the handlers of a class by method name, inherited ones included."""
    found: dict[str, Handler] = {}
    for base in reversed(cls.__mro__):
        for name, attribute in vars(base).items():
            handler = getattr(attribute, _HANDLER, None)
            if isinstance(handler, Handler):
                found[name] = handler
    return found


def attach(target: Any, kind: str, tokens: tuple[Any, ...]) -> None:
    """Attach tokens of one kind, such as guards, to a class or handler, before present ones."""
    handler = getattr(target, _HANDLER, None)
    target = handler.function if isinstance(handler, Handler) else target
    own: dict[str, tuple[Any, ...]] = dict(getattr(target, "__dict__", {}).get(_ATTACHED, {}))
    own[kind] = tokens + own.get(kind, ())
    setattr(target, _ATTACHED, own)


def attached(cls: type[Any], function: object, kind: str | None = None) -> tuple[Any, ...]:
    """List the tokens attached to a class, base classes first, and then to one of its handlers.

    Args:
        cls: The controller or processor.
        function: The handler, as it stands in the class.
        kind: Only tokens of this kind; of every kind when None.
    """
    found: dict[Any, None] = {}
    for target in (*reversed(cls.__mro__), function):
        own: Mapping[str, tuple[Any, ...]] = getattr(target, "__dict__", {}).get(_ATTACHED, {})
        for name, tokens in own.items():
            if kind in (None, name):
                found.update(dict.fromkeys(tokens))
    return tuple(found)

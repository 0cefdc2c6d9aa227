"""What a callable wants: its parameters read as needs."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

from hutch.errors import InvalidDeclaration
from hutch.tokens import Injected, Need, describe, read_hint


@dataclass(frozen=True, slots=True)
class Wanted:
    """One parameter that the container may fill."""

    name: str
    token: Any
    need: Need
    has_default: bool
    keyword_only: bool


def wanted_by(factory: Callable[..., Any]) -> tuple[Wanted, ...]:
    """Read the parameters of a class or function, in order.

    Raises:
        InvalidDeclaration: A parameter has no hint, or a hint cannot be resolved.
    """
    function = _function_of(factory)
    if function is None:
        return ()
    hints = hints_of(factory, function)
    bound = int(isinstance(factory, type) or inspect.ismethod(factory))
    return tuple(_wanted(factory, function, hints, bound))


def injected_into(method: Callable[..., Any]) -> tuple[Wanted, ...]:
    """Read the parameters of a handler that are marked ``Inject[T]``."""
    function = cast(FunctionType, method)
    found: list[Wanted] = []
    for name, hint in hints_of(method, function).items():
        if any(isinstance(extra, Injected) for extra in getattr(hint, "__metadata__", ())):
            token, need = read_hint(hint)
            found.append(Wanted(name, token, need, has_default=False, keyword_only=True))
    return tuple(found)


def hints_of(owner: Callable[..., Any], function: FunctionType) -> Mapping[str, Any]:
    """Resolve a function's hints, which may be strings.

    Raises:
        InvalidDeclaration: A name in a hint does not exist at run time.
    """
    hints = function.__annotations__
    if all(hint is None or isinstance(hint, type) for hint in hints.values()):
        return hints
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise InvalidDeclaration(
            f"{describe(owner)}: the hint {error.name!r} cannot be resolved at run time. "
            "Import it at module level, outside `if TYPE_CHECKING:`."
        ) from error


def _function_of(factory: Callable[..., Any]) -> FunctionType | None:
    """Find the Python function that takes the arguments, None where there are none to inject."""
    made_by: Any = factory
    if isinstance(factory, type):
        made_by = cast(Any, factory).__init__
        if made_by is object.__init__:
            return None
    elif inspect.ismethod(factory):
        made_by = factory.__func__
    if isinstance(made_by, FunctionType):
        return made_by
    raise InvalidDeclaration(
        f"{describe(factory)} has no Python signature to read; wrap it in a function "
        "with type hints and bind that."
    )


def _wanted(
    factory: Callable[..., Any], function: FunctionType, hints: Mapping[str, Any], skip: int
) -> typing.Iterator[Wanted]:
    code = function.__code__
    positional = code.co_varnames[skip : code.co_argcount]
    defaulted = set(positional[len(positional) - len(function.__defaults__ or ()) :])
    defaulted.update(function.__kwdefaults__ or ())
    end = code.co_argcount + code.co_kwonlyargcount
    for name in (*positional, *code.co_varnames[code.co_argcount : end]):
        if name not in hints:
            if name in defaulted:
                continue
            raise InvalidDeclaration(
                f"{describe(factory)}: the parameter `{name}` has no type hint, "
                "so nothing can be injected; add one or give it a default."
            )
        token, need = read_hint(hints[name])
        yield Wanted(name, token, need, name in defaulted, name not in positional)

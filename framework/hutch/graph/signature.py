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

_TYPING = ("typing", "typing_extensions")


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
    signature = getattr(factory, "__signature__", None)
    if isinstance(factory, type) and isinstance(signature, inspect.Signature):
        return tuple(_stated(factory, signature))
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
        if (fields := _hints_of_fields(owner, hints)) is not None:
            return fields
        raise InvalidDeclaration(
            f"{describe(owner)}: the hint {error.name!r} cannot be resolved at run time. "
            "Import it at module level, outside `if TYPE_CHECKING:`."
        ) from error


def _hints_of_fields(owner: Any, hints: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Resolve the hints of a generated constructor where its fields stand.

    That of a dataclass may be in another module, which a base class comes from.
    """
    if not isinstance(owner, type):
        return None
    try:
        fields = typing.get_type_hints(owner, include_extras=True)
    except NameError:
        return None
    return fields if hints.keys() - {"return"} <= fields.keys() else None


def _function_of(factory: Callable[..., Any]) -> FunctionType | None:
    """Find the Python function that takes the arguments, None where there are none to inject."""
    made_by: Any = factory
    if isinstance(factory, type):
        made_by = _initializer(factory)
        if made_by is object.__init__:
            made_by = factory.__new__
            if not isinstance(made_by, FunctionType):
                return None
    elif inspect.ismethod(factory):
        made_by = factory.__func__
    made_by = inspect.unwrap(made_by)
    if isinstance(made_by, FunctionType):
        return made_by
    # Not its repr: that of a partial shows arguments, which may be secrets.
    name = getattr(factory, "__qualname__", f"A {type(factory).__qualname__}")
    raise InvalidDeclaration(
        f"{name} has no Python signature to read; wrap it in a function "
        "with type hints and bind that."
    )


def _initializer(cls: type[Any]) -> Any:
    """Find the ``__init__`` that will run; a Protocol's stand-in steps aside at the first call."""
    for base in cls.__mro__:
        found = vars(base).get("__init__")
        if found is not None and getattr(found, "__module__", "") not in _TYPING:
            return found
    raise AssertionError(cls)


def _stated(factory: Callable[..., Any], signature: inspect.Signature) -> typing.Iterator[Wanted]:
    """Read a signature that a class states itself, as pydantic's models do."""
    hints = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    if any(isinstance(hint, str) for hint in hints.values()):
        hints |= typing.get_type_hints(factory, include_extras=True)
    for name, parameter in signature.parameters.items():
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            token, need = read_hint(hints[name])
            has_default = parameter.default is not parameter.empty
            yield Wanted(name, token, need, has_default, keyword_only=True)


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

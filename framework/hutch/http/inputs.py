"""Inputs: a handler's signature read as what it takes from a request."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Annotated, Any, cast

from pydantic import BaseModel, TypeAdapter
from starlette.requests import HTTPConnection, Request
from starlette.routing import PARAM_REGEX
from starlette.websockets import WebSocket
from typing_extensions import is_typeddict

from hutch.errors import InvalidDeclaration
from hutch.graph.signature import hints_of
from hutch.http.declare import WEBSOCKET, Operation
from hutch.http.parameters import Body, Header, Parameter, Path, Query
from hutch.tokens import Injected

REQUIRED: Any = inspect.Parameter.empty
_BODYLESS = ("GET", WEBSOCKET)
_PLACES: dict[type[Parameter], str] = {Query: "query", Header: "header", Path: "path", Body: "body"}


@dataclass(frozen=True, slots=True)
class Input:
    """One parameter that a request fills.

    Attributes:
        name: The handler's parameter.
        place: ``path``, ``query``, ``header`` or ``body``.
        alias: Its name in the request.
        adapter: Validates the value.
        items: Validates each text where there may be several, else None.
        default: Taken where the request has none; ``REQUIRED`` where it must have one.
        marker: What the marker says.
    """

    name: str
    place: str
    alias: str
    adapter: TypeAdapter[Any]
    items: TypeAdapter[Any] | None
    default: Any
    marker: Parameter

    @property
    def required(self) -> bool:
        """Whether the request must have it."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a handler takes from a request.

    Attributes:
        values: Path, query and header parameters.
        body: The body, where the handler takes one.
        connections: Parameters that are the ``Request`` or ``WebSocket`` itself.
    """

    values: tuple[Input, ...]
    body: Input | None
    connections: tuple[str, ...]


def inputs_of(method: Callable[..., Any], operation: Operation, path: str) -> Inputs:
    """Read the signature of a handler.

    Args:
        method: The plain function.
        operation: What it serves.
        path: The whole path, with the controller's.

    Raises:
        InvalidDeclaration: A parameter has no hint, cannot be read from a request, or
            a part of the path has no parameter.
    """
    reader = _Reader(method, operation, {found[0] for found in PARAM_REGEX.findall(path)})
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        reader.read(parameter)
    return reader.finish()


class _Reader:
    """Sorts the parameters of one handler."""

    def __init__(self, method: Callable[..., Any], operation: Operation, parts: set[str]) -> None:
        self.name = method.__qualname__
        self.operation = operation
        self.hints: Mapping[str, Any] = hints_of(method, cast(FunctionType, method))
        self.parts = parts
        self.found: list[Input] = []
        self.connections: list[str] = []

    def read(self, parameter: inspect.Parameter) -> None:
        """Sort one parameter."""
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise self._refuse(f"`{parameter}` cannot be filled; name each parameter.")
        if parameter.name not in self.hints:
            raise self._refuse(f"the parameter `{parameter.name}` has no type hint.")
        hint = self.hints[parameter.name]
        extras = getattr(hint, "__metadata__", ())
        if isinstance(hint, type) and issubclass(hint, HTTPConnection):
            self._take_connection(parameter.name, cast("type[Any]", hint))
        elif not any(isinstance(extra, Injected) for extra in extras):
            self.found.append(self._input(parameter, hint, extras))

    def finish(self) -> Inputs:
        """Check that the parameters fit together."""
        bodies = [found for found in self.found if found.place == "body"]
        if len(bodies) > 1:
            names = " and ".join(f"`{body.name}`" for body in bodies)
            raise self._refuse(f"{names} would both be the body; put them into one model.")
        if bodies and self.operation.method in _BODYLESS:
            raise self._refuse(
                f"`{bodies[0].name}` would be the body, but a {self.operation.method} has none; "
                "take single values as query parameters."
            )
        missing = self.parts - {found.alias for found in self.found if found.place == "path"}
        if missing:
            raise self._refuse(f"the path names {sorted(missing)}, but no parameter takes it.")
        values = tuple(found for found in self.found if found.place != "body")
        return Inputs(values, bodies[0] if bodies else None, tuple(self.connections))

    def _take_connection(self, name: str, hint: type[Any]) -> None:
        given = WebSocket if self.operation.method == WEBSOCKET else Request
        if not issubclass(given, hint):
            raise self._refuse(f"`{name}` is a {hint.__name__}, but here is a {given.__name__}.")
        self.connections.append(name)

    def _input(self, parameter: inspect.Parameter, hint: Any, extras: tuple[Any, ...]) -> Input:
        name = parameter.name
        markers = [extra for extra in extras if isinstance(extra, Parameter)]
        marker = markers[0] if markers else self._default_marker(name, hint)
        place = _PLACES[type(marker)]
        alias = marker.alias or (name.replace("_", "-") if place == "header" else name)
        if place == "path" and alias not in self.parts:
            raise self._refuse(f"`{name}` is marked Path, but the path has no {{{alias}}}.")
        adapter = self._adapter(name, Annotated[hint, marker.field()])
        item = None if place == "body" else _item_of(hint)
        items = None if item is None else self._adapter(name, item)
        return Input(name, place, alias, adapter, items, parameter.default, marker)

    def _default_marker(self, name: str, hint: Any) -> Parameter:
        if name in self.parts:
            return Path()
        return Body() if _is_structured(hint) else Query()

    def _adapter(self, name: str, hint: Any) -> TypeAdapter[Any]:
        try:
            return TypeAdapter(hint)
        except Exception as error:
            raise self._refuse(
                f"`{name}` cannot be read from a request; write Inject[...] if the container "
                f"shall provide it. ({str(error).partition(chr(10))[0]})"
            ) from error

    def _refuse(self, why: str) -> InvalidDeclaration:
        return InvalidDeclaration(f"{self.name} ({self.operation.method}): {why}")


def _is_structured(hint: Any) -> bool:
    """Tell whether a type is, or contains, what only a JSON body can carry."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return True
    origin = cast(Any, typing.get_origin(hint) or hint)
    if dataclasses.is_dataclass(origin) or is_typeddict(origin) or origin is dict:
        return True
    arguments = typing.get_args(hint)[:1] if origin is Annotated else typing.get_args(hint)
    return origin is not typing.Literal and any(map(_is_structured, arguments))


def _item_of(hint: Any) -> Any:
    """Return the type of one item where a hint is a collection, else None."""
    if typing.get_origin(hint) is Annotated:
        return _item_of(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (list, set, frozenset, tuple):
        return typing.get_args(hint)[0]
    members = [member for member in typing.get_args(hint) if member is not type(None)]
    return _item_of(members[0]) if len(members) == 1 else None

"""Decorators that declare controllers and their handlers."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket
from typing_extensions import TypeForm

from hutch.errors import InvalidDeclaration
from hutch.marks import Handler, attach, mark, mark_handler
from hutch.tokens import token_of

C = TypeVar("C", bound=type[Any])
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
T = TypeVar("T")

GUARDS = "guards"
WEBSOCKET = "WEBSOCKET"

_OPERATIONS = "__hutch_operations__"


@dataclass(frozen=True, slots=True)
class Controller:
    """The mark of a controller: the path below which its handlers are served."""

    path: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path that a handler serves.

    Attributes:
        method: ``GET`` and so on, or ``WEBSOCKET``.
        path: Below the controller's path, e.g. ``/{id}``.
        status: Of the response; None means 204 where the handler returns None, else 200.
        summary: For the API's description; by default the docstring's first line.
    """

    method: str
    path: str
    status: int | None = None
    summary: str | None = None


class Guard(Protocol):
    """Decides whether a request may pass, before anything of it is read.

    A guard may carry ``openapi_security``, a mapping of names to OpenAPI security
    schemes, for the API's description.
    """

    async def __call__(self, connection: HTTPConnection, /) -> None:
        """Return to let the request pass; raise a ``Problem`` to refuse it."""
        ...


def controller(path: str) -> Callable[[C], C]:
    """Declare a class whose handlers are served below a path. It is made once, for the app.

    Raises:
        InvalidDeclaration: The path does not begin with a slash.
    """
    _check(path, f"controller({path!r})")
    return lambda cls: mark(cls, Controller(path))


def get(path: str, *, status: int | None = None, summary: str | None = None) -> Callable[[F], F]:
    """Serve ``GET`` (and ``HEAD``) by this method.

    Args:
        path: Below the controller's; parts in braces are parameters: ``"/{id}"``.
        status: Of the response; by default 204 where the method returns None, else 200.
        summary: For the API's description; by default the docstring's first line.

    Raises:
        InvalidDeclaration: The path does not begin with a slash, or the method is not async.
    """
    return _serve(Operation("GET", path, status, summary), Request)


def post(path: str, *, status: int | None = None, summary: str | None = None) -> Callable[[F], F]:
    """Serve ``POST`` by this method; see ``get``."""
    return _serve(Operation("POST", path, status, summary), Request)


def put(path: str, *, status: int | None = None, summary: str | None = None) -> Callable[[F], F]:
    """Serve ``PUT`` by this method; see ``get``."""
    return _serve(Operation("PUT", path, status, summary), Request)


def patch(path: str, *, status: int | None = None, summary: str | None = None) -> Callable[[F], F]:
    """Serve ``PATCH`` by this method; see ``get``."""
    return _serve(Operation("PATCH", path, status, summary), Request)


def delete(path: str, *, status: int | None = None, summary: str | None = None) -> Callable[[F], F]:
    """Serve ``DELETE`` by this method; see ``get``."""
    return _serve(Operation("DELETE", path, status, summary), Request)


def websocket(path: str) -> Callable[[F], F]:
    """Serve WebSocket connections by this method, which takes a parameter of type ``WebSocket``.

    Raises:
        InvalidDeclaration: The path does not begin with a slash, or the method is not async.
    """
    return _serve(Operation(WEBSOCKET, path), WebSocket)


def guard(*guards: TypeForm[Guard]) -> Callable[[T], T]:
    """Let these guards decide, in order, who may call a controller or single handler.

    They are objects of the app, found like any other provider; a class that the
    module does not see is made for it. The controller's guards come first.
    """

    def decorate(target: T) -> T:
        attach(target, GUARDS, tuple(map(token_of, guards)))
        return target

    return decorate


def operations_of(function: Callable[..., Any]) -> tuple[Operation, ...]:
    """List what a handler serves, in the order of its decorators."""
    found: tuple[Operation, ...] = getattr(function, _OPERATIONS, ())
    return found


def _serve(operation: Operation, seed: type[HTTPConnection]) -> Callable[[F], F]:
    def decorate(method: F) -> F:
        name = getattr(method, "__qualname__", repr(method))
        _check(operation.path, f"{name}: {operation.method.lower()}({operation.path!r})")
        if not _is_async(method):
            raise InvalidDeclaration(f"{name}: a handler must be `async def`.")
        setattr(method, _OPERATIONS, (operation, *operations_of(method)))
        mark_handler(method, Handler(method, seed))
        return method

    return decorate


def _is_async(method: object) -> bool:
    return inspect.iscoroutinefunction(method)


def _check(path: str, where: str) -> None:
    if not path.startswith("/"):
        raise InvalidDeclaration(f"{where}: the path must begin with a slash, as in '/orders'.")

"""Interceptors: one concept that wraps a request's handler and a job alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from typing_extensions import TypeForm

from hutch.marks import attach
from hutch.tokens import token_of

T = TypeVar("T")

Proceed = Callable[[], Awaitable[Any]]

INTERCEPTORS = "interceptors"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a handler, as its interceptors see it.

    Attributes:
        kind: What calls: an HTTP request or a job.
        name: The handler's name, e.g. ``Orders.create``.
        owner: The controller or processor class.
        arguments: What the handler gets, without the injected objects.
        source: The ``Request``, or what the queue seeds a job's scope with.
        admit: Makes what the handler injects, and closes it again, without calling the handler:
            for who answers in its place, so that an injected user may still refuse the request.
    """

    kind: Literal["http", "job"]
    name: str
    owner: type[Any]
    arguments: Mapping[str, Any]
    source: object
    admit: Callable[[], Awaitable[None]]


class Interceptor(Protocol):
    """Wraps handlers: runs before, after, instead of or again around ``proceed``.

    ``proceed`` opens the scope, calls the handler and closes the scope, so an
    interceptor sees the errors of both, and may call it more than once.
    """

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Return what the caller shall get."""
        ...


def intercept(*interceptors: TypeForm[Interceptor]) -> Callable[[T], T]:
    """Wrap a controller, processor or single handler in interceptors, outermost first.

    They are objects of the app, found like any other provider; a class that the
    module does not see is made for it.
    """

    def decorate(target: T) -> T:
        attach(target, INTERCEPTORS, tuple(map(token_of, interceptors)))
        return target

    return decorate

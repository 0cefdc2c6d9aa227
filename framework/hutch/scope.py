"""Scope: a request's objects outside of requests and jobs, for scripts and commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Any, Protocol

from hutch.graph.plan import TuplePlan


class RequestScope(Protocol):
    """Makes the objects of one scope on entry and closes them on exit."""

    async def __aenter__(self) -> tuple[Any, ...]:
        """Make the objects, in the order in which they were asked for."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None:
        """Close what was opened; an error is thrown into it first."""
        ...


class PlainScope:
    """A scope in which nothing has to be opened or closed."""

    __slots__ = ("_make", "_seed")

    def __init__(self, make: Callable[[Any], tuple[Any, ...]], seed: object) -> None:
        """Prepare; nothing is made yet."""
        self._make = make
        self._seed = seed

    async def __aenter__(self) -> tuple[Any, ...]:
        """Make the objects."""
        return self._make(self._seed)

    async def __aexit__(self, *_: object) -> None:
        """Do nothing: plain objects need no closing."""


class OpeningScope:
    """A scope with objects that are opened and closed."""

    __slots__ = ("_open", "_seed", "_stack")

    def __init__(
        self, open_: Callable[[Any, AsyncExitStack], Awaitable[tuple[Any, ...]]], seed: object
    ) -> None:
        """Prepare; nothing is opened yet."""
        self._open = open_
        self._seed = seed
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> tuple[Any, ...]:
        """Open the objects; when one fails, those already open are closed again."""
        async with AsyncExitStack() as stack:
            objects = await self._open(self._seed, stack)
            self._stack = stack.pop_all()
        return objects

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Close the objects in reverse."""
        return await self._stack.__aexit__(kind, error, traceback)


def scope_of(plan: TuplePlan) -> Callable[[object], RequestScope]:
    """Prepare what opens scopes of one plan, each with its own seed."""
    if plan.make is not None:
        return partial(PlainScope, plan.make)
    assert plan.open is not None
    return partial(OpeningScope, plan.open)

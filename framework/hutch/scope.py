"""Scope: a request's objects outside of requests and jobs, for scripts and commands."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from hutch.graph.plan import Plan


class RequestScope:
    """Makes the objects of one scope on entry and closes them on exit."""

    __slots__ = ("_plan", "_seed", "_stack")

    def __init__(self, plan: Plan, seed: object) -> None:
        """Prepare; nothing is made yet."""
        self._plan = plan
        self._seed = seed
        self._stack: AsyncExitStack | None = None

    async def __aenter__(self) -> tuple[Any, ...]:
        """Make the objects, in the order in which they were asked for."""
        arguments: dict[str, Any] = {}
        if self._plan.fill is not None:
            self._plan.fill(self._seed, arguments)
        elif self._plan.open is not None:
            self._stack = AsyncExitStack()
            await self._open(self._stack, arguments)
        return tuple(arguments.values())

    async def _open(self, stack: AsyncExitStack, arguments: dict[str, Any]) -> None:
        assert self._plan.open is not None
        async with stack:
            await self._plan.open(self._seed, arguments, stack)
            self._stack = stack.pop_all()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Close what was opened; an error is thrown into it first."""
        if self._stack is None:
            return False
        return bool(await self._stack.__aexit__(kind, error, traceback))

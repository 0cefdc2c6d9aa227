"""Invoke: call one handler inside the scope of a request or job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Literal

from hutch.graph.plan import Plan
from hutch.interceptors import Interceptor, Invocation

Handle = Callable[[Any, dict[str, Any]], Awaitable[Any]]
Admit = Callable[[Any], Awaitable[None]]


class Invoker:
    """Calls one method of a controller or processor.

    Attributes:
        owner: The controller or processor class.
        method: The method, bound to its instance.
        name: The handler's name, e.g. ``Orders.create``.
    """

    __slots__ = ("_handle", "method", "name", "owner")

    def __init__(
        self,
        kind: Literal["http", "job"],
        owner: type[Any],
        method: Callable[..., Awaitable[Any]],
        plan: Plan,
        interceptors: Sequence[Interceptor] = (),
    ) -> None:
        """Put together what a call does, once."""
        self.owner = owner
        self.method = method
        self.name = f"{owner.__name__}.{method.__name__}"
        self._handle = _scoped(method, plan)
        admit = _admitting(plan)
        for interceptor in reversed(interceptors):
            self._handle = _intercepted(kind, self, interceptor, self._handle, admit)

    def __call__(self, seed: object, arguments: dict[str, Any]) -> Awaitable[Any]:
        """Open a scope, fill the injected arguments, call the method, close the scope.

        Args:
            seed: What opens the scope: the ``Request``, or what the queue gives a job.
            arguments: The handler's own arguments; the injected ones are added to it.
        """
        return self._handle(seed, arguments)


def _scoped(method: Callable[..., Awaitable[Any]], plan: Plan) -> Handle:
    fill, open_ = plan.fill, plan.open
    if fill is not None:

        async def call(seed: Any, arguments: dict[str, Any]) -> Any:
            fill(seed, arguments)
            return await method(**arguments)

        return call
    assert open_ is not None

    async def call_opening(seed: Any, arguments: dict[str, Any]) -> Any:
        async with AsyncExitStack() as stack:
            await open_(seed, arguments, stack)
            return await method(**arguments)

    return call_opening


def _admitting(plan: Plan) -> Admit:
    async def nothing(**_: object) -> None:
        return None

    handle = _scoped(nothing, plan)

    def admit(seed: Any) -> Awaitable[None]:
        return handle(seed, {})

    return admit


def _intercepted(
    kind: Literal["http", "job"],
    invoker: Invoker,
    interceptor: Interceptor,
    inner: Handle,
    admit: Admit,
) -> Handle:
    async def call(seed: Any, arguments: dict[str, Any]) -> Any:
        def proceed() -> Awaitable[Any]:
            return inner(seed, dict(arguments))

        invocation = Invocation(
            kind, invoker.name, invoker.owner, arguments, seed, partial(admit, seed)
        )
        return await interceptor(invocation, proceed)

    return call

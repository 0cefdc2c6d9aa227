"""Running: a started application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from typing_extensions import TypeForm

from hutch.contributions import Service
from hutch.discovery import Discovery, Found
from hutch.errors import HutchError, StartError
from hutch.graph.graph import Driven, Graph
from hutch.graph.start import Objects, close, opened
from hutch.interceptors import INTERCEPTORS
from hutch.invoke import Invoker
from hutch.marks import attached, mark_of
from hutch.module import Module
from hutch.roles import Role
from hutch.scope import RequestScope, scope_of
from hutch.serving import serving
from hutch.tokens import token_of

T = TypeVar("T")
M = TypeVar("M")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class BoundController:
    """A controller and its one object."""

    module: Module
    cls: type[Any]
    instance: Any


class Running:
    """The open objects of an app and what can be done with them.

    Attributes:
        role: Which half of the graph runs here.
        stopping: Set when the app begins to stop; streams end then.
    """

    def __init__(self, graph: Graph, role: Role) -> None:
        """Build the containers; ``start`` opens them."""
        self.graph = graph
        self.role = role
        self.objects = Objects(graph)
        self.stopping = asyncio.Event()
        self._services = AsyncExitStack()
        self._scopes: dict[tuple[Any, ...], Callable[[object], RequestScope]] = {}
        self.get(Discovery).attach(self)
        self.http: ASGIApp = PlainTextResponse("This process serves no HTTP.", 503)

    def get(self, token: TypeForm[T], module: Module | None = None) -> T:
        """Return an app-wide object as a module sees it; the root module by default.

        Raises:
            NotStarted: Nothing that runs uses the token, or it lives for a request.
        """
        found: T = self.objects.find(token_of(token), module)
        return found

    def scope(self, *tokens: TypeForm[Any], seed: object = None) -> RequestScope:
        """Open a request scope outside of a request: ``async with app.scope(Session) as (s,)``.

        Args:
            tokens: What to make, as the root module sees it.
            seed: What stands for the request, where a provider wants it.
        """
        scope = self._scopes.get(tokens)
        if scope is None:
            scope = self._scopes[tokens] = scope_of(self.objects.scope_plan(tokens))
        return scope(seed)

    @property
    def controllers(self) -> list[BoundController]:
        """The controllers of all modules with their objects."""
        find = self.objects.built.object
        return [BoundController(c.module, c.cls, find(c.node)) for c in self.graph.controllers]

    def invoker(
        self, module: Module, instance: object, method: str, kind: Literal["http", "job"] = "http"
    ) -> Invoker:
        """Compile the call of one handler of a controller's or processor's object."""
        driven = self._driven(module, type(instance))
        function = driven.handlers[method]
        handler = getattr(instance, method)
        names = attached(driven.cls, self.graph.functions[function], INTERCEPTORS)
        tokens = (*map(token_of, module.interceptors), *names)
        interceptors = [self.resolve(module, token) for token in dict.fromkeys(tokens)]
        return Invoker(kind, driven.cls, handler, self.objects.plan(function), interceptors)

    def resolve(self, module: Module, token: Any) -> Any:
        """Return a guard's or interceptor's object as the module sees it."""
        return self.objects.built.object(self.graph.attached_node(module, token))

    def contributed(self, kind: type[C]) -> list[tuple[Module, C]]:
        """List the contributions of one kind with their modules, imported modules first."""
        return self.graph.contributed(kind)

    def call(self, module: Module, function: Callable[..., T]) -> T:
        """Call a contributed function with injected arguments."""
        return self.objects.call(self.graph.function_node(module, function), function)

    def marked(self, kind: type[M]) -> list[Found[M]]:
        """List the providers whose class carries a mark of this kind."""
        return [self._found(driven, kind) for driven in self.graph.marked(kind)]

    async def start_services(self) -> None:
        """Start the services of this role, in the order of their modules.

        Raises:
            StartError: One failed; those already started are stopped.
        """
        for module, service in self.contributed(Service):
            if any(self.role.covers(part) for part in service.roles):
                await self._start(module, service)

    async def stop_services(self) -> None:
        """Let every service stop taking work and finish, last started first."""
        self.stopping.set()
        await self._services.aclose()

    async def _start(self, module: Module, service: Service) -> None:
        run = asynccontextmanager(service.run)
        node = self.graph.function_node(module, service.run)
        context = self.objects.call(node, run)
        try:
            await context.__aenter__()
        except HutchError:
            raise
        except Exception as error:
            raise StartError(
                f"{service.name} failed to start ({module.name}): {type(error).__name__}: {error}"
            ) from error
        self._services.push_async_callback(close, context, f"{service.name} ({module.name})")

    def _driven(self, module: Module, cls: type[Any]) -> Driven:
        known = (*self.graph.controllers, *self.graph.processors)
        driven = {d.cls: d for d in known if d.module is module}
        # An override may be a subclass; where both are known, each is itself.
        return next(driven[base] for base in cls.__mro__ if base in driven)

    def _found(self, driven: Driven, kind: type[M]) -> Found[M]:
        instance = self.objects.built.object(driven.node)
        mark = mark_of(driven.cls, kind)
        assert mark is not None
        invokers = {
            name: self.invoker(driven.module, instance, name, "job") for name in driven.handlers
        }
        return Found(driven.module.name, driven.cls, mark, instance, invokers)


@asynccontextmanager
async def start(graph: Graph, role: Role, *, services: bool = True) -> AsyncIterator[Running]:
    """Open what a role needs, run its services, and close everything in reverse.

    Args:
        graph: The checked graph.
        role: Which half runs here.
        services: Whether workers, consumers and the like run; tests drive them by hand.

    Raises:
        StartError: Something failed to open or start; what was open is closed again.
    """
    running = Running(graph, role)
    async with (
        opened(running.objects, list(graph.roots(role))),
        serving(running) as running.http,
    ):
        try:
            if services:
                await running.start_services()
            yield running
        finally:
            await running.stop_services()


@asynccontextmanager
async def open_only(
    graph: Graph, tokens: Sequence[TypeForm[Any]], module: Module | None = None
) -> AsyncIterator[Running]:
    """Open only what these tokens need, as a module sees them; no service, no HTTP.

    Args:
        graph: The checked graph.
        tokens: What is to be opened.
        module: By default the root module.

    Raises:
        NotStarted: The module does not see a token.
        StartError: Something failed to open; what was open is closed again.
    """
    running = Running(graph, Role.ALL)
    nodes = [running.objects.seen(token_of(token), module) for token in tokens]
    async with opened(running.objects, nodes):
        yield running

"""App: a graph of modules as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from starlette.routing import Router
from starlette.types import Receive, Scope, Send
from typing_extensions import TypeForm

from hutch.binding import Binding
from hutch.builtin import builtin
from hutch.errors import NotStarted, StartError
from hutch.graph.build import Container
from hutch.graph.graph import Graph
from hutch.logs import configure_logging
from hutch.module import Module
from hutch.roles import Role
from hutch.running import Running, open_only, start
from hutch.settings import (
    CoreSettings,
    LogSettings,
    Profile,
    Settings,
    check_environment,
    load,
)

C = TypeVar("C")


class App:
    """An application: the graph of one root module, checked when it is made.

    It is an ASGI app (``uvicorn shop:app``), can be run by role (``hutch run shop:app``),
    and can be mounted in another app with ``lifespan=app.lifespan``.
    """

    def __init__(
        self, module: Module, *overrides: Binding[Any], profile: Profile | None = None
    ) -> None:
        """Check the graph; nothing is started.

        Args:
            module: The root module.
            overrides: Bindings that take the place of those with the same token.
            profile: Where it runs; by default what ``HUTCH_PROFILE`` says.

        Raises:
            GraphError: The modules do not fit together.
        """
        self.module = module
        self.graph = Graph(module, builtin(profile), overrides)
        self._running: Running | None = None
        self._is_taken = False
        self._router = Router(lifespan=self._served)

    @property
    def name(self) -> str:
        """The root module's name."""
        return self.module.name

    @property
    def containers(self) -> Mapping[Module, Container]:
        """The dependency-injector container of each module, while the app runs.

        Raises:
            NotStarted: The app does not run.
        """
        return self.running.objects.built.containers

    @property
    def running(self) -> Running:
        """The running app.

        Raises:
            NotStarted: The app does not run.
        """
        if self._running is None:
            raise NotStarted(f"{self.name} does not run: enter app.started() or serve it first.")
        return self._running

    def contributed(self, kind: type[C]) -> list[C]:
        """List the contributions of one kind, those of imported modules first."""
        return [contribution for _, contribution in self.graph.contributed(kind)]

    def settings(self) -> list[type[Settings]]:
        """List the settings classes that this app's modules use, and the apps inside of it."""
        tokens = [node.token for node in self.graph.ordered]
        own = [t for t in tokens if isinstance(t, type) and issubclass(t, Settings)]
        inner = [cls for found in self.graph.declared(App) for cls in found.settings()]
        return list(dict.fromkeys([*own, *inner]))

    @asynccontextmanager
    async def started(
        self, role: Role | None = None, *, services: bool = True
    ) -> AsyncIterator[Running]:
        """Run the app's objects and services; ``http`` of the result serves its requests.

        Args:
            role: Which half of the graph; by default what ``HUTCH_ROLE`` says.
            services: Whether workers, consumers and the like run.

        Raises:
            SettingsError: A variable is unknown or wrong.
            StartError: It runs already, or something failed to open; what was open is
                closed again.
        """
        check_environment(self.settings())
        async with self._started(role or load(CoreSettings).role, services) as running:
            yield running

    @asynccontextmanager
    async def inside(self, role: Role) -> AsyncIterator[Running]:
        """Open the app's objects inside another app, which runs its services.

        The environment is the outer app's to check: it holds the variables of both.

        Raises:
            StartError: It runs already, or something failed to open; what was open is
                closed again.
        """
        async with self._started(role, services=False) as running:
            yield running

    @asynccontextmanager
    async def opened(
        self, *tokens: TypeForm[Any], module: Module | None = None
    ) -> AsyncIterator[Running]:
        """Open only what these tokens need; for commands and scripts.

        Args:
            tokens: What is to be opened.
            module: The module as which they are seen; by default the root module.

        Raises:
            NotStarted: The module does not see a token.
            StartError: Something failed to open; what was open is closed again.
        """
        check_environment(self.settings())
        async with open_only(self.graph, tokens, module) as running:
            yield running

    @asynccontextmanager
    async def lifespan(self, _: object = None) -> AsyncIterator[None]:
        """Run the app inside another ASGI app's lifespan."""
        async with self.started():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection, or the lifespan."""
        if scope["type"] == "lifespan":
            await self._router(scope, receive, send)
        else:
            await self.running.http(scope, receive, send)

    @asynccontextmanager
    async def _started(self, role: Role, services: bool) -> AsyncIterator[Running]:
        with self._taken():
            async with start(self.graph, role, services=services) as running:
                self._running = running
                try:
                    yield running
                finally:
                    self._running = None

    @contextmanager
    def _taken(self) -> Iterator[None]:
        if self._is_taken:
            raise StartError(
                f"{self.name} runs already: stop it first, or make another App of its module."
            )
        self._is_taken = True
        try:
            yield
        finally:
            self._is_taken = False

    @asynccontextmanager
    async def _served(self, _: object) -> AsyncIterator[None]:
        configure_logging(load(LogSettings), profile=load(CoreSettings).profile)
        async with self.started():
            yield

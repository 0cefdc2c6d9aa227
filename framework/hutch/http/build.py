"""Build: turn the controllers of a running app into one ASGI app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, request_response
from starlette.types import ASGIApp

from hutch.contributions import Middleware, OnError
from hutch.errors import InvalidDeclaration
from hutch.health import HealthChecks, not_ready
from hutch.http.deadlines import Deadlines
from hutch.http.declare import GUARDS, WEBSOCKET, Controller, operations_of
from hutch.http.decode import Decoder
from hutch.http.docs import DocsPage, docs_file
from hutch.http.endpoint import Endpoint
from hutch.http.failures import Failures
from hutch.http.front import Front
from hutch.http.openapi import Description
from hutch.http.route import Route, route_of
from hutch.http.router import Resource, Router
from hutch.http.sockets import SocketEndpoint
from hutch.marks import attached, handlers_of, mark_of
from hutch.settings import HttpSettings

if TYPE_CHECKING:
    from hutch.running import BoundController, Running

Get = Callable[[Request], Awaitable[Response]]


def build_http(running: Running, mounts: Sequence[tuple[str, ASGIApp]] = ()) -> ASGIApp:
    """Compile everything a web role serves.

    Args:
        running: The open objects.
        mounts: Apps to serve below a path.

    Raises:
        InvalidDeclaration: A handler cannot be served, or two serve the same path.
    """
    settings = running.get(HttpSettings)
    binder = _Binder(running, settings)
    for controller in running.controllers:
        binder.bind(controller)
    pages = _health(running)
    if settings.docs:
        title = running.graph.root.name
        pages |= _docs(title, binder.routes)
    _refuse_taken(binder.routes, pages)
    app: ASGIApp = Router(
        [*binder.resources(), *_resources(pages)],
        [Mount(path, app) for path, app in mounts],
    )
    for module, middleware in reversed(running.contributed(Middleware)):
        app = running.call(module, middleware.make)(app)
    return Front(app, running.stopping)


def build_health(running: Running) -> ASGIApp:
    """Compile what a worker serves: its health and nothing else."""
    return Front(Router(_resources(_health(running))), running.stopping)


def _health(running: Running) -> dict[str, Get]:
    health = running.get(HealthChecks)

    async def ready(request: Request) -> Response:
        # A load balancer shall send nothing more to a process that is about to stop.
        return not_ready() if running.stopping.is_set() else await health.ready(request)

    return {"/health/live": health.live, "/health/ready": ready}


def _docs(title: str, routes: Iterable[Route]) -> dict[str, Get]:
    return {
        "/openapi.json": Description(title, routes),
        "/docs": DocsPage(title),
        "/docs/{name}": docs_file,
    }


def _refuse_taken(routes: Iterable[Route], pages: Mapping[str, Get]) -> None:
    for route in routes:
        if route.path in pages:
            raise InvalidDeclaration(
                f"{route.path} is served by {route.name} and by the framework itself; change "
                "the path (HUTCH_HTTP__DOCS=false frees /docs and /openapi.json)."
            )


def _resources(pages: Mapping[str, Get]) -> Iterator[Resource]:
    for path, serve in pages.items():
        yield Resource(path, {"GET": request_response(serve)})


class _Binder:
    """Compiles handlers, one after the other."""

    def __init__(self, running: Running, settings: HttpSettings) -> None:
        self.running = running
        self.body_limit = int(settings.body_limit)
        self.failures = Failures(contribution for _, contribution in running.contributed(OnError))
        self.deadlines = Deadlines(settings.time_limit)
        self.routes: list[Route] = []
        self._served: dict[str, dict[str, ASGIApp]] = {}

    def bind(self, controller: BoundController) -> None:
        """Compile the handlers of one controller."""
        cls, module = controller.cls, controller.module
        mark = mark_of(cls, Controller)
        if mark is None:
            raise InvalidDeclaration(
                f"{cls.__name__} is among the controllers of {module.name}, but it has no "
                "@controller(path)."
            )
        for name, handler in handlers_of(cls).items():
            tokens = attached(cls, handler.function, GUARDS)
            guards = tuple(self.running.resolve(module, token) for token in tokens)
            for operation in operations_of(handler.function):
                route = route_of(cls, mark, handler.function, operation, guards)
                self._serve(route, self._endpoint(controller, name, route))

    def resources(self) -> Iterator[Resource]:
        """List what is served, path by path."""
        for path, endpoints in self._served.items():
            yield Resource(path, endpoints)

    def _serve(self, route: Route, endpoint: ASGIApp) -> None:
        method = route.operation.method
        for known in self.routes:
            if (known.path, known.operation.method) == (route.path, method):
                raise InvalidDeclaration(
                    f"{method} {route.path} is served by {known.name} and by {route.name}; "
                    "change the path of one."
                )
        self.routes.append(route)
        self._served.setdefault(route.path, {})[method] = endpoint

    def _endpoint(self, controller: BoundController, name: str, route: Route) -> ASGIApp:
        invoker = self.running.invoker(controller.module, controller.instance, name)
        decoder = Decoder(route.inputs)
        if route.operation.method == WEBSOCKET:
            return SocketEndpoint(decoder, route.guards, invoker)
        return Endpoint(
            decoder,
            route.guards,
            invoker,
            route.encoder,
            self.failures,
            self.deadlines,
            self.body_limit,
        )

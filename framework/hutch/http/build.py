"""Build: turn the controllers of a running app into one ASGI app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, request_response
from starlette.types import ASGIApp

from hutch.contributions import Middleware, OnError
from hutch.errors import InvalidDeclaration
from hutch.graph.signature import hints_of
from hutch.health import HealthChecks
from hutch.http.deadlines import Deadlines
from hutch.http.declare import GUARDS, WEBSOCKET, Controller, Guard, Operation, operations_of
from hutch.http.decode import Decoder
from hutch.http.docs import DocsPage, docs_file
from hutch.http.encode import Encoder
from hutch.http.endpoint import Endpoint
from hutch.http.failures import Failures
from hutch.http.front import Front
from hutch.http.inputs import Inputs, inputs_of
from hutch.http.openapi import Described, Description
from hutch.http.router import Resource, Router
from hutch.http.sockets import SocketEndpoint
from hutch.marks import attached, handlers_of, mark_of
from hutch.settings import HttpSettings

if TYPE_CHECKING:
    from hutch.running import BoundController, Running

Get = Callable[[Request], Any]


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
        pages |= _docs(title, binder.described)
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
    return {"/health/live": health.live, "/health/ready": health.ready}


def _docs(title: str, described: Iterable[Described]) -> dict[str, Get]:
    description = Description(title, described)
    page = DocsPage(title)

    async def openapi(request: Request) -> Response:
        return await description(request)

    async def docs(request: Request) -> Response:
        return await page(request)

    return {"/openapi.json": openapi, "/docs": docs, "/docs/{name}": docs_file}


def _resources(pages: Mapping[str, Get]) -> Iterator[Resource]:
    for path, serve in pages.items():
        yield Resource(path, {"GET": request_response(serve)})


class _Binder:
    """Compiles handlers, one after the other."""

    def __init__(self, running: Running, settings: HttpSettings) -> None:
        self.running = running
        self.settings = settings
        self.failures = Failures(contribution for _, contribution in running.contributed(OnError))
        self.deadlines = Deadlines(settings.time_limit)
        self.described: list[Described] = []
        self._served: dict[str, dict[str, tuple[str, ASGIApp]]] = {}

    def bind(self, controller: BoundController) -> None:
        """Compile the handlers of one controller."""
        name = controller.cls.__name__
        mark = mark_of(controller.cls, Controller)
        if mark is None:
            raise InvalidDeclaration(
                f"{name} is among the controllers of {controller.module.name}, but it has no "
                f"@controller(path)."
            )
        for handler in handlers_of(controller.cls).values():
            for operation in operations_of(handler.function):
                path = _join(mark.path, operation.path)
                self._serve(
                    operation,
                    path,
                    f"{name}.{handler.function.__name__}",
                    self._endpoint(controller, handler.function, operation, path),
                )

    def resources(self) -> Iterator[Resource]:
        """List what is served, path by path."""
        for path, methods in self._served.items():
            yield Resource(path, {method: endpoint for method, (_, endpoint) in methods.items()})

    def _serve(self, operation: Operation, path: str, name: str, endpoint: ASGIApp) -> None:
        methods = self._served.setdefault(path, {})
        if operation.method in methods:
            other = methods[operation.method][0]
            raise InvalidDeclaration(
                f"{operation.method} {path} is served by {other} and by {name}; "
                "change the path of one."
            )
        methods[operation.method] = (name, endpoint)

    def _endpoint(
        self, controller: BoundController, function: Any, operation: Operation, path: str
    ) -> ASGIApp:
        running, module = self.running, controller.module
        inputs = inputs_of(function, operation, path)
        tokens = attached(controller.cls, function, GUARDS)
        guards = tuple(running.resolve(module, token) for token in tokens)
        invoker = running.invoker(module, controller.instance, function.__name__)
        decoder = Decoder(inputs)
        if operation.method == WEBSOCKET:
            return SocketEndpoint(decoder, guards, invoker)
        encoder = self._describe(controller, function, operation, path, inputs, guards)
        limit = int(self.settings.body_limit)
        return Endpoint(decoder, guards, invoker, encoder, self.failures, self.deadlines, limit)

    def _describe(
        self,
        controller: BoundController,
        function: Any,
        operation: Operation,
        path: str,
        inputs: Inputs,
        guards: tuple[Guard, ...],
    ) -> Encoder:
        returns = hints_of(function, cast(FunctionType, function)).get("return", Any)
        encoder = Encoder(
            returns, operation.status, f"{controller.cls.__name__}.{function.__name__}"
        )
        self.described.append(
            Described(
                controller.cls,
                function,
                operation,
                path,
                inputs,
                guards,
                encoder.status,
                encoder.adapter,
                returns,
            )
        )
        return encoder


def _join(prefix: str, path: str) -> str:
    return f"{prefix.rstrip('/')}/{path.strip('/')}".rstrip("/") or "/"

"""Router: find who serves a path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from re import Pattern

from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Mount, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hutch.http.declare import WEBSOCKET
from hutch.http.problem import NotFound, Problem
from hutch.http.sockets import refuse


@dataclass(slots=True)
class Resource:
    """What one path template serves.

    Attributes:
        path: The template, e.g. ``/orders/{id}``.
        endpoints: Who serves each method; ``WEBSOCKET`` is one.
    """

    path: str
    endpoints: dict[str, ASGIApp]
    pattern: Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Compile the template as Starlette does."""
        self.pattern = compile_path(self.path)[0]
        if "GET" in self.endpoints:
            self.endpoints.setdefault("HEAD", _without_body(self.endpoints["GET"]))


class Router:
    """Serves each request by the resource of its path.

    A literal path wins over a template, then the order of declaration decides. A
    slash at the end makes no difference. Mounted apps come last, longest path first.
    """

    def __init__(self, resources: Iterable[Resource], mounts: Iterable[Mount] = ()) -> None:
        """Sort the resources."""
        known = list(resources)
        self._literal = {r.path: r for r in known if "{" not in r.path}
        self._templates = [r for r in known if "{" in r.path]
        self._mounts = sorted(mounts, key=lambda mount: -len(mount.path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket connection."""
        path = _path(scope)
        method = scope["method"] if scope["type"] == "http" else WEBSOCKET
        allowed: dict[str, None] = {}
        for resource, parameters in self._matching(path):
            endpoint = resource.endpoints.get(method)
            if endpoint is not None:
                scope["path_params"] = parameters
                return await endpoint(scope, receive, send)
            allowed.update(dict.fromkeys(resource.endpoints))
        allowed.pop(WEBSOCKET, None)
        if allowed and method != WEBSOCKET:
            return await _explain(method, sorted({*allowed, "OPTIONS"}))(scope, receive, send)
        return await self._mounted(path, scope, receive, send)

    def _matching(self, path: str) -> Iterator[tuple[Resource, Mapping[str, str]]]:
        spellings = (path, path[:-1]) if path.endswith("/") and path != "/" else (path,)
        for spelling in spellings:
            if (literal := self._literal.get(spelling)) is not None:
                yield literal, {}
        for resource in self._templates:
            for spelling in spellings:
                if (match := resource.pattern.match(spelling)) is not None:
                    yield resource, match.groupdict()
                    break

    async def _mounted(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        for mount in self._mounts:
            if path == mount.path and scope["type"] == "http":
                return await _to_folder(scope)(scope, receive, send)
            match, child = mount.matches(scope)
            if match is Match.FULL:
                scope.update(child)
                return await mount.handle(scope, receive, send)
        if scope["type"] == "websocket":
            return await refuse(scope, receive, send, NotFound())
        return await NotFound()(scope, receive, send)


def _path(scope: Scope) -> str:
    """Return the path below the place where the app is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and (path == root or path.startswith(root + "/")):
        return path[len(root) :] or "/"
    return path


def _explain(method: str, allowed: list[str]) -> ASGIApp:
    headers = {"allow": ", ".join(allowed)}
    if method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    return Problem(405, f"{method} is not served here.", headers=headers)


def _to_folder(scope: Scope) -> Response:
    # Built from the mount's own path, so it leads nowhere else.
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse(scope["path"] + "/" + (f"?{query}" if query else ""), 307)


def _without_body(endpoint: ASGIApp) -> ASGIApp:
    """Serve HEAD by who serves GET."""

    async def head(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await endpoint(scope, receive, send_head)

    return head

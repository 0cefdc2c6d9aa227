"""SAQ's web UI, put together behind the login."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from hutch.http import ServiceUnavailable
from hutch_auth import Auth
from hutch_monitor.gate import USER, Gate
from hutch_monitor.headers import SecureHeaders
from hutch_monitor.pages import Pages
from hutch_monitor.saq_api import SaqApi
from hutch_monitor.saq_page import SaqFiles, saq_page
from hutch_monitor.shown import ShownQueues
from hutch_monitor.site import not_found
from hutch_redis import AWAY


@dataclass(frozen=True, slots=True)
class SaqSite:
    """SAQ's web UI: its page and files, and our API behind it."""

    auth: Auth
    pages: Pages
    files: SaqFiles
    api: SaqApi
    queues: ShownQueues

    def app(self) -> ASGIApp:
        """Return the ASGI app; all of it is behind the login."""
        routes = [
            Route("/", self._page),
            Route("/queues/{queue}", self._page),
            Route("/queues/{queue}/jobs/{job}", self._page),
            Route("/static/{name}", self.files.serve),
            Mount("/api", Router(self.api.routes(), default=not_found)),
        ]
        inner = _Encoded(Router(routes, default=not_found))
        return SecureHeaders(Gate(inner, self.pages.paths.queues, self.auth, self.pages))

    async def _page(self, request: Request) -> Response:
        shown = {"user": request.scope[USER], "empty": not self.queues.all()}
        own = self.pages.paths.queues
        header = bytes(self.pages.render(request, own, "saq_header.html", shown).body)
        return saq_page(request.scope["root_path"], header.decode("utf-8"))


class _Encoded:
    """Routes by the path as it was sent, so that a name may hold a slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
        try:
            await self._app({**scope, "path": sent.decode("latin-1")}, receive, send)
        except AWAY as error:
            raise ServiceUnavailable("Redis does not answer.") from error

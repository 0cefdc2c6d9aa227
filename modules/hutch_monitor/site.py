"""The monitor's own pages, put together."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from hutch.http import NotFound
from hutch.settings import HttpSettings
from hutch_auth import Auth, LoginPage
from hutch_monitor.gate import USER, Gate
from hutch_monitor.headers import SecureHeaders
from hutch_monitor.health import HealthPage
from hutch_monitor.metrics import MetricsText
from hutch_monitor.pages import Pages, static_file


@dataclass(frozen=True, slots=True)
class Site:
    """The monitor's own pages: login, start, health and the figures for Prometheus."""

    auth: Auth
    pages: Pages
    login: LoginPage
    health: HealthPage
    metrics: MetricsText
    http: HttpSettings

    def app(self) -> ASGIApp:
        """Return the ASGI app; only login and style sheet are open."""
        inner = Router(
            [
                Route("/", self._index),
                Route("/health", self.health.show),
                Route("/metrics", self.metrics.show),
            ],
            default=not_found,
        )
        gate = Gate(inner, self.pages.paths.monitor, self.auth, self.pages)
        routes = [Route("/static/{name}", static_file), *self.login.routes(), Mount("", gate)]
        return SecureHeaders(Router(routes, redirect_slashes=False))

    async def _index(self, request: Request) -> Response:
        shown = {"user": request.scope[USER], "docs": self.http.docs, "here": "Start"}
        return self.pages.render(request, self.pages.paths.monitor, "index.html", shown)


async def not_found(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Refuse a path that nothing serves.

    Raises:
        NotFound: Always.
    """
    raise NotFound

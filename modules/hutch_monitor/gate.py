"""Gate: who may see what is mounted behind it."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hutch.http import Problem
from hutch_auth import OPERATOR, VIEWER, Auth, admit, is_safe
from hutch_monitor.pages import Pages, wants_page
from hutch_monitor.paths import beside

USER = "hutch.monitor.user"


class Gate:
    """Lets viewers read and operators do more; others are led to the login page."""

    def __init__(self, app: ASGIApp, own: str, auth: Auth, pages: Pages) -> None:
        """Stand before an app.

        Args:
            app: What serves.
            own: The path at which it is mounted.
            auth: Knows who may pass.
            pages: Renders what went wrong.
        """
        self._app = app
        self._own = own
        self._auth = auth
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a refusal or problem becomes a page or JSON."""
        request = Request(scope, receive)
        needed = VIEWER if is_safe(request) else OPERATOR
        try:
            scope[USER] = await admit(self._auth, request, needed)
            await self._app(scope, receive, send)
        except Problem as problem:
            await self._answer(request, problem)(scope, receive, send)

    def _answer(self, request: Request, problem: Problem) -> Response:
        if not wants_page(request):
            # SAQ's page shows what it finds under this name.
            problem.extra["error"] = problem.detail or problem.title
            return problem.response()
        if problem.status == 401 and is_safe(request):
            return self._to_login(request)
        shown = {"problem": problem}
        return self._pages.render(
            request, self._own, "problem.html", shown, problem.status, problem.headers
        )

    def _to_login(self, request: Request) -> Response:
        login = beside(request.scope, self._own, self._pages.paths.monitor) + "/login"
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{login}?next={quote(request.url.path + query, safe='/')}", 303)

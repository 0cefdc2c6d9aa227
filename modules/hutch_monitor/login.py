"""Login and logout."""

from __future__ import annotations

import math
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hutch.http.body import read_body
from hutch_monitor.cookie import LoginCookie, tokens_of
from hutch_monitor.origin import refuse_foreign
from hutch_monitor.pages import Pages
from hutch_monitor.paths import local_path
from hutch_monitor.port import Operators
from hutch_monitor.settings import MonitorSettings
from hutch_monitor.throttle import Throttle

_LARGEST_FORM = 8192
_CHALLENGE = {"www-authenticate": "Bearer"}

log = structlog.get_logger(__name__)


class Login:
    """Turns a token into a cookie, and removes the cookie again."""

    def __init__(
        self, settings: MonitorSettings, operators: Operators, cookie: LoginCookie, pages: Pages
    ) -> None:
        self._possible = bool(tokens_of(settings))
        self._operators = operators
        self._cookie = cookie
        self._pages = pages
        self._throttle = Throttle()

    def routes(self) -> list[Route]:
        """List what is served to people who are not logged in."""
        return [
            Route("/login", self._show),
            Route("/login", self._log_in, methods=["POST"]),
            Route("/logout", self._log_out, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        target = self._target(request, request.query_params.get("next", ""))
        if await self._operators.who(request) is not None:
            return RedirectResponse(target, 303)
        return self._page(request, target)

    async def _log_in(self, request: Request) -> Response:
        form = await _form(request)
        target = self._target(request, form.get("next", ""))
        address = request.client.host if request.client else ""
        if wait := self._throttle.wait(address):
            seconds = str(math.ceil(wait))
            error = f"Too many wrong tokens. Try again in {seconds} seconds."
            return self._page(request, target, 429, {"retry-after": seconds}, error)
        operator = await self._operators.authenticate(form.get("token", ""))
        if operator is None:
            self._throttle.failed(address)
            log.warning("login refused")
            return self._page(request, target, 401, _CHALLENGE, "Nobody has this token.")
        log.info("operator logged in", operator=operator.name)
        response = RedirectResponse(target, 303)
        self._cookie.log_in(request, response, operator)
        return response

    async def _log_out(self, request: Request) -> Response:
        refuse_foreign(request)
        response = RedirectResponse(f"{request.scope['root_path']}/login", 303)
        self._cookie.log_out(request, response)
        return response

    def _page(
        self,
        request: Request,
        target: str,
        status: int = 200,
        headers: dict[str, str] | None = None,
        error: str | None = None,
    ) -> Response:
        shown = {"target": target, "error": error, "possible": self._possible}
        own = self._pages.paths.monitor
        return self._pages.render(request, own, "login.html", shown, status, headers)

    def _target(self, request: Request, wanted: str) -> str:
        return local_path(wanted, f"{request.scope['root_path']}/")


async def _form(request: Request) -> dict[str, str]:
    # A forged login would let the victim work under the attacker's name.
    refuse_foreign(request)
    length = dict(request.headers.raw).get(b"content-length")
    body = await read_body(request.receive, length, _LARGEST_FORM)
    fields = parse_qs(body.decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}

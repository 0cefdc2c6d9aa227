"""The login page: people come in, and go out again."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from hutch.discovery import Discovery
from hutch.http import Problem, ServiceUnavailable, TooManyRequests, Unauthorized
from hutch.http.body import read_body
from hutch_auth.names import MOST_NAME
from hutch_auth.origin import refuse_foreign
from hutch_auth.port import Auth, CurrentUser
from hutch_auth.registration import Registration
from hutch_auth.targets import local_path

_LARGEST_FORM = 8192
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    # Not "no-referrer": browsers would then send `Origin: null` with our own form.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


class LoginPage:
    """Serves ``/login`` and ``/logout``, below wherever the routes are mounted."""

    def __init__(self, auth: Auth, discovery: Discovery) -> None:
        self._auth, self._discovery = auth, discovery
        templates = Environment(
            loader=PackageLoader("hutch_auth"), autoescape=True, undefined=StrictUndefined
        )
        self._template = templates.get_template("login.html")
        self._style = (files("hutch_auth") / "static" / "login.css").read_bytes()

    def routes(self) -> list[Route]:
        """List what is served to people who are not logged in."""
        return [
            Route("/login", self._show),
            Route("/login", self._log_in, methods=["POST"]),
            Route("/login.css", self._serve_style),
            Route("/logout", self._log_out, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        target = self._target(request, request.query_params.get("next", ""))
        try:
            if await self._auth.who(request) is not None:
                return RedirectResponse(target, 303)
        except ServiceUnavailable:
            pass  # A token may do.
        return self._page(request, {"next": target})

    async def _log_in(self, request: Request) -> Response:
        form = await _form(request)
        form["next"] = self._target(request, form.get("next", ""))
        try:
            await self._judge(request, form)
        except (Unauthorized, TooManyRequests, ServiceUnavailable) as problem:
            return self._page(request, form, problem)
        return RedirectResponse(form["next"], 303)

    async def _judge(self, request: Request, form: dict[str, str]) -> CurrentUser:
        if "name" not in form:
            return await self._auth.log_in_with_token(request, form.get("token", ""))
        name, password = form["name"], form.get("password", "")
        return await self._auth.log_in(request, name, password, remember="remember" in form)

    async def _log_out(self, request: Request) -> Response:
        refuse_foreign(request)
        await self._auth.log_out(request)
        return RedirectResponse(f"{request.scope['root_path']}/login", 303)

    async def _serve_style(self, _: Request) -> Response:
        headers = {"cache-control": "public, max-age=3600"}
        return Response(self._style, headers=headers, media_type="text/css")

    def _page(
        self, request: Request, form: dict[str, str], problem: Problem | None = None
    ) -> Response:
        text = self._template.render(
            here=request.scope["root_path"],
            target=form["next"],
            name=form.get("name", "")[:MOST_NAME],
            error=problem.detail if problem else None,
            by_token="name" not in form or not self._auth.takes_passwords,
            takes_passwords=self._auth.takes_passwords,
            takes_tokens=self._auth.takes_tokens,
            registrations=self._registrations(request),
        )
        status, headers = (problem.status, problem.headers) if problem else (200, {})
        return HTMLResponse(text, status, {**headers, **_HEADERS})

    def _registrations(self, request: Request) -> list[str]:
        root: str = request.scope.get("app_root_path", "")
        return [f"{root}{declared.path}" for declared in self._discovery.declared(Registration)]

    def _target(self, request: Request, wanted: str) -> str:
        return local_path(wanted, f"{request.scope['root_path']}/")


async def _form(request: Request) -> dict[str, str]:
    # A forged login would let the victim work under the attacker's name.
    refuse_foreign(request)
    length = dict(request.headers.raw).get(b"content-length")
    body = await read_body(request.receive, length, _LARGEST_FORM)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}

"""The page that shows what was posted, live."""

from __future__ import annotations

import secrets
from importlib.resources import files
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

_PAGE = files("kit.sandbox").joinpath("page.html").read_text(encoding="utf-8")


def page_routes() -> list[Route]:
    """List the page and the addresses under which posts are public."""
    return [
        Route("/", _page),
        Route("/i/web/status/{post_id:int}", _permalink),
        Route("/linkedin/feed/update/{post_id}", _permalink),
        Route("/facebook/{post_id}", _permalink),
        Route("/instagram/p/{post_id}", _permalink),
    ]


async def _page(request: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(
        _PAGE.replace("{{nonce}}", nonce), headers={"content-security-policy": policy}
    )


async def _permalink(request: Request) -> Response:
    return RedirectResponse(f"/#post-{quote(str(request.path_params['post_id']))}")

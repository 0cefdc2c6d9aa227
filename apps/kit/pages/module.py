"""The module: pages, their files, and the way to the login."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from hutch import Module, bind
from hutch.contributions import Middleware, Mount, OnError
from hutch.http import Unauthorized
from kit.pages.pages import Pages
from kit.pages.place import PagesAt
from kit.pages.problems import showing, wants_page

LOGIN = "/monitor/login"
"""Where the monitor serves the login page."""


@cache
def pages_module(package: str, title: str, *links: tuple[str, str]) -> Module:
    """Return the module that renders an app's pages and serves their files at ``/static``.

    Who opens a page that needs a login is led to it, and back. Problems of controllers
    are pages for people, and stay JSON for programs.

    Args:
        package: The package with the folders ``templates`` and ``static``.
        title: The app's name, as people read it.
        links: What stands in every page's header: a name and a path of this app.
    """
    return Module(
        f"pages({package})",
        providers=[bind(PagesAt).value(PagesAt(package, title, links)), Pages],
        exports=[Pages],
        contributions=[
            Mount("/static", serve_files),
            Middleware(showing),
            OnError(Unauthorized, to_login),
        ],
    )


def serve_files(pages: Pages) -> ASGIApp:
    """Make what is served at ``/static``."""

    async def serve(request: Request) -> Response:
        return pages.file(request.path_params["name"])

    return Router([Route("/{name}", serve)])


def to_login(request: Request, error: Unauthorized) -> Response:
    """Lead a person to the login page; a program gets its 401."""
    if request.method != "GET" or not wants_page(request):
        return error.response()
    root: str = request.scope.get("root_path", "")
    query = f"?{request.url.query}" if request.url.query else ""
    back = quote(request.url.path + query, safe="/")
    return RedirectResponse(f"{root}{LOGIN}?next={back}", 303)

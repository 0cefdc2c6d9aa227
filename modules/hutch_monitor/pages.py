"""Pages: templates rendered into responses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from hutch.http import NotFound
from hutch_monitor.paths import Paths, beside

_STATIC = Path(__file__).with_name("static")
_FILES = {"monitor.css": "text/css", "saq.css": "text/css", "saq.js": "text/javascript"}


class Pages:
    """Renders the monitor's templates; what they show is escaped."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._templates = Environment(
            loader=PackageLoader("hutch_monitor"), autoescape=True, undefined=StrictUndefined
        )

    def render(
        self,
        connection: HTTPConnection,
        own: str,
        template: str,
        values: Mapping[str, object],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Render a page.

        Args:
            connection: Who asks.
            own: The path at which the asked part of the monitor is mounted.
            template: The template's file name.
            values: What the template shows.
            status: Of the response.
            headers: Of the response.
        """
        links = {
            "monitor": beside(connection.scope, own, self.paths.monitor),
            "queues": beside(connection.scope, own, self.paths.queues),
            "docs": beside(connection.scope, own, "/docs"),
        }
        text = self._templates.get_template(template).render(values, links=links)
        return HTMLResponse(text, status, headers)


async def static_file(request: Request) -> Response:
    """Serve one of the pages' files.

    Raises:
        NotFound: It is not on the list.
    """
    name = request.path_params["name"]
    if name not in _FILES:
        raise NotFound

    headers = {"cache-control": "public, max-age=3600"}
    return FileResponse(_STATIC / name, media_type=_FILES[name], headers=headers)


def wants_page(connection: HTTPConnection) -> bool:
    """Tell whether a person with a browser asks, not a program."""
    return "text/html" in connection.headers.get("accept", "")

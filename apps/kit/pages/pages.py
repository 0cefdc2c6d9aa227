"""Pages: templates rendered into responses that browsers keep apart from the rest."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from hutch.http import NotFound
from kit.pages.place import PagesAt

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    # Not "no-referrer": browsers would then send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Pages:
    """Renders an app's templates, which extend ``base.html``; what they show is escaped.

    In a template ``url('/posts')`` is a path of the app, wherever the app is mounted.
    """

    def __init__(self, place: PagesAt) -> None:
        self._place = place
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(place.package), PackageLoader("kit.pages")]),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._files = _files(place.package) | _files("kit.pages")

    def render(
        self, connection: HTTPConnection, template: str, status: int = 200, **values: Any
    ) -> Response:
        """Render a page.

        Args:
            connection: Who asks.
            template: The template's file name.
            status: Of the response.
            values: What the template shows.
        """
        root: str = connection.scope.get("root_path", "")

        def url(path: str) -> str:
            return f"{root}{path}"

        text = self._templates.get_template(template).render(
            values,
            app=self._place,
            here=connection.url.path.removeprefix(root),
            url=url,
        )
        return HTMLResponse(text, status, HEADERS)

    def file(self, name: str) -> Response:
        """Return one of the pages' own files: style sheets, scripts, drawings.

        Raises:
            NotFound: There is none of this name.
        """
        found = self._files.get(name)
        if found is None:
            raise NotFound
        kind = _KINDS[f".{name.rpartition('.')[2]}"]
        headers = {"cache-control": "public, max-age=3600"}
        return Response(found.read_bytes(), headers=headers, media_type=kind)


def _files(package: str) -> dict[str, Traversable]:
    """List what a package serves, so that a name from outside never becomes a path."""
    folder = files(package) / "static"
    if not folder.is_dir():
        return {}
    return {file.name: file for file in folder.iterdir() if file.name.endswith(tuple(_KINDS))}

"""Docs: a page that shows the API's description, from files of our own."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from hutch.http.problem import NotFound

STATIC = Path(__file__).with_name("static")
FILES = {
    "start.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/docs/swagger-ui.css">
</head>
<body>
<main id="docs"></main>
<script src="{root}/docs/swagger-ui-bundle.js"></script>
<script src="{root}/docs/start.js"></script>
</body>
</html>
"""


class DocsPage:
    """Serves ``/docs``."""

    def __init__(self, title: str) -> None:
        """Give the page its title."""
        self._title = title

    async def __call__(self, request: Request) -> Response:
        """Answer with the page; it runs no script but ours."""
        root = escape(request.scope.get("root_path", ""))
        page = _PAGE.format(title=escape(self._title), root=root)
        return HTMLResponse(page, headers={"content-security-policy": _POLICY})


async def docs_file(request: Request) -> Response:
    """Serve one of the page's files.

    Raises:
        NotFound: It is not on the list.
    """
    name = request.path_params["name"]
    if name not in FILES:
        raise NotFound
    headers = {"cache-control": "public, max-age=3600"}
    return FileResponse(STATIC / name, media_type=FILES[name], headers=headers)

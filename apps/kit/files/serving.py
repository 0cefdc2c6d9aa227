"""Serve files under our own addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from kit.files.errors import InvalidName
from kit.files.links import Links
from kit.files.port import Files
from kit.files.stored import media_type

# What users put in may be a page with a script: it must not act in the app's name. That a type is
# not to be guessed, Hutch says of every answer.
_HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=300",
    "Referrer-Policy": "no-referrer",
}


def serve_files(files: Files, links: Links) -> Starlette:
    """Make the app that answers signed addresses; any other is 403, a missing file 404."""
    return Starlette(routes=[Route("/{name:path}", _answer(files, links), methods=["GET"])])


def _answer(files: Files, links: Links) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        name, query = request.path_params["name"], request.query_params
        if not links.accepts(name, query.get("until", ""), query.get("signature", "")):
            return Response("This address is not valid, or not any more.", 403)
        try:
            found = await files.find(name)
        except InvalidName:
            found = None
        if found is None:
            return Response("There is no such file.", 404)
        headers = _HARMLESS | {"Content-Length": str(found.size)}
        return StreamingResponse(files.stream(name), 200, headers, media_type(name))

    return answer

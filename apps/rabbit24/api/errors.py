"""How errors of the domain look over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hutch.http import NotFound
from rabbit24.services.posts import PostNotFound


async def not_found(request: Request, error: PostNotFound) -> Response:
    """Answer 404."""
    return NotFound(str(error)).response()

"""How errors of the domain look over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hutch.http import NotFound, ServiceUnavailable, Unprocessable
from hutch_queue import QueueUnavailable
from rabbit24.services.errors import Missing, Refused


async def not_found(request: Request, error: Missing) -> Response:
    """Answer 404."""
    return NotFound(str(error)).response()


async def refused(request: Request, error: Refused) -> Response:
    """Answer 422."""
    return Unprocessable(str(error)).response()


async def no_queue(request: Request, error: QueueUnavailable) -> Response:
    """Answer 503: nothing was changed that a repetition would not mend."""
    return ServiceUnavailable("The queue is away: try again.").response()

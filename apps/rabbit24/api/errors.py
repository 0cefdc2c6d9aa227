"""How errors of the domain look over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hutch.http import NotFound, ServiceUnavailable, Unprocessable
from hutch_cache import CacheUnavailable
from hutch_queue import QueueUnavailable
from kit.platforms import PlatformError
from rabbit24.services.errors import Missing, Refused


async def not_found(request: Request, error: Missing) -> Response:
    """Answer 404."""
    return NotFound(str(error)).response()


async def refused(request: Request, error: Refused) -> Response:
    """Answer 422."""
    return Unprocessable(str(error)).response()


async def no_model(request: Request, error: PlatformError) -> Response:
    """Answer 503: the model that is asked is not there."""
    return ServiceUnavailable(f"Nothing can be compared now: {error}").response()


async def no_cache(request: Request, error: CacheUnavailable) -> Response:
    """Answer 503: it is changed, and a repetition lets everybody see it."""
    told = "It is changed, but not seen everywhere yet, for the cache is away: send it again."
    return ServiceUnavailable(told).response()


async def no_queue(request: Request, error: QueueUnavailable) -> Response:
    """Answer 503: nothing was changed that a repetition would not mend."""
    return ServiceUnavailable("The queue is away: try again.").response()

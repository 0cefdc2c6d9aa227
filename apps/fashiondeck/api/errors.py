"""How errors of the domain look over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from fashiondeck.services.catalogue import NoCategories, UnknownCategory, UnknownMarketplace
from fashiondeck.services.pictures import PictureMissing
from fashiondeck.services.products import ProductNotFound
from fashiondeck.services.prompts import NothingToLookFor
from hutch.contributions import OnError
from hutch.http import NotFound, ServiceUnavailable, Unprocessable
from hutch_cache import CacheUnavailable
from hutch_queue import QueueUnavailable
from kit.platforms import PlatformError


async def not_found(request: Request, error: Exception) -> Response:
    """Answer 404."""
    return NotFound(str(error)).response()


async def unprocessable(request: Request, error: Exception) -> Response:
    """Answer 422."""
    return Unprocessable(str(error)).response()


async def away(request: Request, error: PlatformError) -> Response:
    """Answer 503: the model of the embeddings is not there."""
    return ServiceUnavailable(f"Nothing can be searched now: {error}").response()


async def unavailable(request: Request, error: Exception) -> Response:
    """Answer 503: Redis is not there."""
    return ServiceUnavailable(str(error)).response()


ON_ERROR = (
    OnError(ProductNotFound, not_found),
    OnError(PictureMissing, not_found),
    *(OnError(error, unprocessable) for error in (UnknownMarketplace, UnknownCategory)),
    *(OnError(error, unprocessable) for error in (NoCategories, NothingToLookFor)),
    OnError(PlatformError, away),
    *(OnError(error, unavailable) for error in (CacheUnavailable, QueueUnavailable)),
)

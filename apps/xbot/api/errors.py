"""How errors of the domain look over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hutch.contributions import OnError
from hutch.http import Conflict, NotFound, ServiceUnavailable, Unprocessable
from hutch_cache import CacheUnavailable
from hutch_metrics import MetricsUnavailable
from hutch_queue import QueueUnavailable
from kit.platforms import PlatformError
from kit.tallies import TalliesUnavailable
from xbot.services.errors import Missing, Outdated, Refused

AWAY = (
    CacheUnavailable,
    MetricsUnavailable,
    PlatformError,
    QueueUnavailable,
    TalliesUnavailable,
)


def not_found(request: Request, error: Missing) -> Response:
    """Answer 404."""
    return NotFound(str(error)).response()


def unprocessable(request: Request, error: Refused) -> Response:
    """Answer 422."""
    return Unprocessable(str(error)).response()


def conflict(request: Request, error: Outdated) -> Response:
    """Answer 409."""
    return Conflict(str(error)).response()


def away(request: Request, error: Exception) -> Response:
    """Answer 503: what was asked may not have happened."""
    return ServiceUnavailable(str(error)).response()


ERRORS = [
    OnError(Missing, not_found),
    OnError(Refused, unprocessable),
    OnError(Outdated, conflict),
    *(OnError(kind, away) for kind in AWAY),
]

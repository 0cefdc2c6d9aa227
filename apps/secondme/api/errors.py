"""How errors of the domain look over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hutch.contributions import OnError
from hutch.http import NotFound, ServiceUnavailable
from hutch_cache import CacheUnavailable
from hutch_lock import LockTaken, LockUnavailable
from hutch_pause import PauseUnavailable
from hutch_pubsub import InboxUnavailable
from hutch_queue import QueueUnavailable
from hutch_session import SessionsUnavailable
from secondme.services.errors import (
    ContactNotFound,
    MessageNotFound,
    PersonaNotFound,
    PersonaStoreUnavailable,
)

MISSING = (ContactNotFound, MessageNotFound, PersonaNotFound)
AWAY = (
    CacheUnavailable,
    InboxUnavailable,
    LockTaken,
    LockUnavailable,
    PauseUnavailable,
    PersonaStoreUnavailable,
    QueueUnavailable,
    SessionsUnavailable,
)


def not_found(request: Request, error: Exception) -> Response:
    """Answer 404."""
    return NotFound(str(error)).response()


def away(request: Request, error: Exception) -> Response:
    """Answer 503: what was asked may not have happened."""
    return ServiceUnavailable(str(error)).response()


ERRORS = [*(OnError(kind, not_found) for kind in MISSING), *(OnError(kind, away) for kind in AWAY)]

"""How errors of the domain look over HTTP."""

from __future__ import annotations

from hutch.contributions import OnError
from hutch.http import NotFound, ServiceUnavailable, answers
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


ERRORS = [
    *(OnError(kind, answers(NotFound)) for kind in MISSING),
    # What was asked may not have happened.
    *(OnError(kind, answers(ServiceUnavailable)) for kind in AWAY),
]

"""How errors of the domain look over HTTP."""

from __future__ import annotations

from hutch.contributions import OnError
from hutch.http import Conflict, NotFound, ServiceUnavailable, Unprocessable, answers
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


ERRORS = [
    OnError(Missing, answers(NotFound)),
    OnError(Refused, answers(Unprocessable)),
    OnError(Outdated, answers(Conflict)),
    # What was asked may not have happened.
    *(OnError(kind, answers(ServiceUnavailable)) for kind in AWAY),
]

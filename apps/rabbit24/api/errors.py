"""What is answered when something is not there, or not to be had now."""

from __future__ import annotations

from hutch.contributions import OnError
from hutch.http import NotFound, ServiceUnavailable, Unprocessable, answers
from hutch_cache import CacheUnavailable
from hutch_queue import QueueUnavailable
from kit.platforms import PlatformError
from rabbit24.services.errors import Missing, Refused

HALF_SEEN = "It is changed, but not seen everywhere yet, for the cache is away: send it again."

ERRORS = (
    OnError(Missing, answers(NotFound)),
    OnError(Refused, answers(Unprocessable)),
    OnError(CacheUnavailable, answers(ServiceUnavailable, HALF_SEEN)),
    OnError(PlatformError, answers(ServiceUnavailable, "Nothing can be compared now: {}")),
    OnError(QueueUnavailable, answers(ServiceUnavailable, "The queue is away: try again.")),
)

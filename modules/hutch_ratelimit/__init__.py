"""Rate limits: fixed, calendar and sliding windows and steady rates, all or nothing in one trip."""

from hutch_ratelimit.calendars import CalendarWindow, per_day, per_hour, per_minute
from hutch_ratelimit.counter import Counter
from hutch_ratelimit.decision import Decision, Quota
from hutch_ratelimit.errors import (
    InvalidLimit,
    LimiterUnavailable,
    RateLimited,
    RateLimitError,
    UnknownLimit,
)
from hutch_ratelimit.guard import RequestLimit
from hutch_ratelimit.in_memory import MemoryLimiter
from hutch_ratelimit.jobs import SnoozeWhenLimited, job_token
from hutch_ratelimit.limits import (
    Away,
    FixedWindow,
    Gcra,
    Limit,
    SlidingWindow,
    fixed_window,
    gcra,
    sliding_window,
)
from hutch_ratelimit.module import ratelimit_module
from hutch_ratelimit.named import Limits
from hutch_ratelimit.port import RateLimiter
from hutch_ratelimit.settings import RateLimitSettings

__all__ = [
    "Away",
    "CalendarWindow",
    "Counter",
    "Decision",
    "FixedWindow",
    "Gcra",
    "InvalidLimit",
    "Limit",
    "LimiterUnavailable",
    "Limits",
    "MemoryLimiter",
    "Quota",
    "RateLimitError",
    "RateLimitSettings",
    "RateLimited",
    "RateLimiter",
    "RequestLimit",
    "SlidingWindow",
    "SnoozeWhenLimited",
    "UnknownLimit",
    "fixed_window",
    "gcra",
    "job_token",
    "per_day",
    "per_hour",
    "per_minute",
    "ratelimit_module",
    "sliding_window",
]

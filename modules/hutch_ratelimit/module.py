"""The module: one limiter for everybody who imports it, whatever limits they declare."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from hutch.binding import bind
from hutch.contributions import Command, Declare, Health, Metrics, OnError, Service
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_ratelimit.errors import LimiterUnavailable, RateLimited
from hutch_ratelimit.guard import answer
from hutch_ratelimit.in_memory import MemoryLimiter
from hutch_ratelimit.jobs import SnoozeWhenLimited
from hutch_ratelimit.limits import Limit, fixed_window
from hutch_ratelimit.named import Limits, NamedLimit, checking
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.port import RateLimiter
from hutch_ratelimit.settings import RateLimitSettings
from hutch_ratelimit.tally import HELP, Tally, read_tally
from hutch_redis import Backend, Redis, redis_module, usual_backend


def ratelimit_module(**limits: Limit) -> Module:
    """Return a module that gives its importers the ``RateLimiter`` and the ``Limits``.

    All such modules share them.

    Args:
        limits: Limits by name, e.g. ``twitter=per_day(50)``; found by ``Limits`` and by the
            commands, and their numbers can be changed by a setting.
    """
    if not limits:
        return core_module()
    return Module(
        f"ratelimit({', '.join(limits)})",
        imports=[core_module()],
        exports=[core_module()],
        contributions=[Declare(NamedLimit(name, limit)) for name, limit in limits.items()],
    )


@cache
def core_module() -> Module:
    """Return what all rate limit modules share."""
    return Module(
        "ratelimit",
        imports=[redis_module()],
        providers=[
            RateLimitSettings,
            Tally,
            Limits,
            SnoozeWhenLimited,
            bind(RateLimiter).choose(backend, memory=in_memory, redis=on_redis),
        ],
        exports=[RateLimiter, Limits, SnoozeWhenLimited],
        contributions=[
            Service("ratelimit", checking),
            Health("ratelimit", probe, required=False),
            Metrics(read_tally, HELP),
            OnError(RateLimited, answer),
            OnError(LimiterUnavailable, answer),
            Command("limits", "hutch_ratelimit.cli:app", "Look at rate limits, and reset them."),
        ],
    )


def backend(settings: RateLimitSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


def in_memory(tally: Tally) -> MemoryLimiter:
    """Return the limiter of this process."""
    return MemoryLimiter(tally)


def on_redis(redis: Redis, tally: Tally, settings: RateLimitSettings) -> RedisLimiter:
    """Return the limiter on Redis."""
    return RedisLimiter(redis, tally, settings.when_away)


async def probe(limiter: RateLimiter) -> str:
    """Tell that counters can be read; fails when they cannot, whatever the limits do then."""
    closed = fixed_window(1, timedelta(seconds=1), away="closed")
    await limiter.peek(closed.at("requests", "health"))
    return "counting"

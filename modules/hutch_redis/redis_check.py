"""Redis checks: what modules add to ``hutch redis test``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hutch_redis.roles import Redis


@dataclass(frozen=True, slots=True)
class RedisCheck:
    """What one module does with Redis: ``Declare(RedisCheck("queue", check_queue))`` in it.

    Args:
        name: What is tried.
        run: Does it once and leaves nothing behind; returns what was found, raises where it
            does not work.
    """

    name: str
    run: Callable[[Redis], Awaitable[str]]

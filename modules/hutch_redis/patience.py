"""Patience: repeat a call until Redis answers, for workers that cannot go on without it."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

T = TypeVar("T")

AWAY = (RedisConnectionError, RedisTimeoutError, OSError, ReadOnlyError)
"""Errors that mean the server cannot serve now: away, restarting, loading, stuck, or a replica
since a failover."""
_REFUSALS = ("NOREPLICAS ", "MISCONF ", "BUSY ")
"""How answers begin for which redis-py has no class: too few replicas, data that cannot be saved,
a script that does not end."""

_log = structlog.get_logger(__name__)


def cannot_serve(error: Exception) -> bool:
    """Tell whether an error means that the server cannot do now what it could at another time.

    That is ``AWAY``, and a server that answers with a refusal: it is full, has fewer replicas than
    ``min-replicas-to-write``, cannot save its data, or a script holds it up. All other errors
    are the caller's.
    """
    if isinstance(error, (*AWAY, OutOfMemoryError)):
        return True
    return isinstance(error, ResponseError) and str(error).startswith(_REFUSALS)


def pause_before(attempt: int) -> float:
    """Return the longest pause in seconds before the n-th new attempt."""
    return min(attempt * 0.05, 2.0)


class Patience:
    """Reconnect endlessly, with one log line when Redis goes and one when it is back.

    Args:
        server: Names the server in the log, without its password.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._away_since: float | None = None

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Await ``call()`` again and again until the server answers it.

        The call must be safe to run twice: when a reply is lost it may have run.

        Raises:
            redis.exceptions.ResponseError: The server answered with an error.
        """
        attempt = 0
        while True:
            try:
                result = await call()
            except AWAY as error:
                self._went(error)
                attempt += 1
                await asyncio.sleep(pause_before(attempt) * random.uniform(0.5, 1))  # noqa: S311
            else:
                self._came()
                return result

    def _went(self, error: Exception) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            _log.warning("redis is away", server=self._server, error=type(error).__name__)

    def _came(self) -> None:
        if self._away_since is not None:
            seconds = round(time.monotonic() - self._away_since, 3)
            self._away_since = None
            _log.info("redis is back", server=self._server, seconds=seconds)

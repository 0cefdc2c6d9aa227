"""Waiting: what is only away for a while costs a job no attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from hutch.interceptors import Invocation, Proceed
from hutch_cache import CacheUnavailable
from hutch_lock import InProgress, LockTaken, LockUnavailable
from hutch_queue import Snooze
from kit.tallies import TalliesUnavailable

SHORTLY = timedelta(seconds=1)
AGAIN = timedelta(seconds=3)
AWAY = (DBAPIError, OSError, CacheUnavailable, LockUnavailable, TalliesUnavailable)
OUR_FAULT = (DataError, IntegrityError, ProgrammingError)


class SnoozeWhileAway:
    """Interceptor of jobs that need the database, the cache, a lock or counters."""

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Run the job."""
        try:
            return await proceed()
        except (LockTaken, InProgress) as error:
            raise Snooze(SHORTLY) from error
        except OUR_FAULT:
            raise
        except AWAY as error:
            raise Snooze(AGAIN) from error

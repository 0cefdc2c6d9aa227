"""Waiting: a job that the other side refuses for now runs again when it is let in."""

from __future__ import annotations

from typing import Any

from hutch import Invocation
from hutch.interceptors import Proceed
from hutch_queue import Snooze
from kit.platforms import PauseAccount, RetryAfter


class SnoozeWhenRefused:
    """Interceptor of jobs: a refusal that names its end costs no attempt."""

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Run the job."""
        try:
            return await proceed()
        except RetryAfter as refused:
            raise Snooze(refused.at) from refused
        except PauseAccount as paused:
            raise Snooze(paused.until) from paused

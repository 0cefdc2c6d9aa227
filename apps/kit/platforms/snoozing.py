"""Snoozing: a platform that says when to come back costs a job no attempt."""

from __future__ import annotations

from typing import Any

from hutch.interceptors import Invocation, Proceed
from hutch_queue import Snooze
from kit.platforms.outcomes import PauseAccount, RetryAfter


class SnoozeWhenTold:
    """Interceptor of jobs that ask platforms and models."""

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Run the job; refused for now, it runs again when it is let in."""
        try:
            return await proceed()
        except RetryAfter as error:
            raise Snooze(error.at) from error
        except PauseAccount as error:
            raise Snooze(error.until) from error

"""Jobs: one that meets a limit runs again when that is reset, and has lost no attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hutch.interceptors import Invocation, Proceed
from hutch_queue import JobContext, Snooze
from hutch_ratelimit.errors import LimiterUnavailable, RateLimited

AGAIN = timedelta(seconds=5)
"""After which time a job tries again whose units could not be counted."""


class SnoozeWhenLimited:
    """Interceptor of jobs: ``@intercept(SnoozeWhenLimited)`` on a processor or a single job.

    ``RateLimited``, which ``take_or_raise`` raises, becomes a ``Snooze`` until the call can pass;
    ``LimiterUnavailable`` one of 5 seconds. Neither costs the job an attempt.
    """

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Run the job."""
        try:
            return await proceed()
        except RateLimited as limited:
            until = timedelta(seconds=limited.retry_after)
            raise Snooze(until) from limited
        except LimiterUnavailable as error:
            raise Snooze(AGAIN) from error


def job_token(job: JobContext) -> str:
    """Return a token that all runs of a job share, and no other job has, even one of its key."""
    return f"{job.queue}/{job.id}/{job.enqueued_at.timestamp():.3f}"

"""Options: what a producer may say about one job, beside its arguments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from hutch_queue.declare.backoff import Backoff

PRIORITIES = range(-100, 101)


class Options(TypedDict, total=False):
    """The options of one job.

    Attributes:
        key: While a job with this key waits or runs in the queue, no second one is stored.
            No personal data: keys are logged.
        unique_for: With a key: also none is stored for this long after the last one was.
        replace: With a key: takes the place of a waiting or delayed job with it.
        delay: Run it this much later.
        at: Run it at this time; needs a time zone. A time in the past is now.
        expires: Do not start it later than this after it was due: it fails.
        priority: From -100 to 100, higher first; one point is an hour's head start.
        attempts: Runs in all, in place of the job's own.
        backoff: The wait between them, in place of the job's own.
        timeout: Seconds a run may take, in place of the job's own.
    """

    key: str
    unique_for: timedelta
    replace: bool
    delay: timedelta
    at: datetime
    expires: timedelta
    priority: int
    attempts: int
    backoff: Backoff
    timeout: float

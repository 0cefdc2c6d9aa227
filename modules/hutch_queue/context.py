"""What a running job may know about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class JobContext:
    """The job that runs; inject it into whatever lives for one job.

    Attributes:
        id: Unique in its queue; the key where one was given.
        queue: The queue's name.
        name: The job's wire name, e.g. ``Emails.confirm``.
        attempt: Which run this is, from 1.
        attempts: How many runs there may be.
        enqueued_at: When it was enqueued, in UTC.
        key: What ``enqueue(key=...)`` gave, None if nothing.
    """

    id: str
    queue: str
    name: str
    attempt: int
    attempts: int
    enqueued_at: datetime
    key: str | None = field(default=None, repr=False)

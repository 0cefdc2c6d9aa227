"""What a running job may know about itself, and tell."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hutch_queue.errors import InvalidOption

MOST_PROGRESS = 2000
"""Characters of a progress, and of a log line."""

Note = Callable[[str, str], Awaitable[None]]


async def _nowhere(_: str, __: str) -> None:
    """Drop a note: the job was called without a worker."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """The job that runs; inject it into whatever lives for one job.

    Attributes:
        id: Unique in its queue; the key where one was given.
        queue: The queue's name.
        name: The job's wire name, e.g. ``Emails.confirm``.
        attempt: Which counted run this is, from 1.
        attempts: How many runs there may be.
        enqueued_at: When it was enqueued, in UTC.
        key: What ``enqueue(key=...)`` gave, None if nothing.
        fence: Rises with every start of the job, also those that cost no attempt. Give it to
            what the job writes to, so that a run that was given up cannot overwrite a later one.
    """

    id: str
    queue: str
    name: str
    attempt: int
    attempts: int
    enqueued_at: datetime
    key: str | None = field(default=None, repr=False)
    fence: int = 1
    _note: Note = field(default=_nowhere, repr=False, compare=False)

    async def progress(self, value: Any) -> None:
        """Tell how far the job is: a number from 0 to 1, or anything that JSON can hold.

        Raises:
            InvalidOption: It is no JSON, or longer than 2,000 characters.
        """
        try:
            text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"{self.name}: progress {type(value).__name__}: {error}.") from None
        if len(text) > MOST_PROGRESS:
            raise InvalidOption(
                f"{self.name}: progress of {len(text)} characters; {MOST_PROGRESS} are allowed."
            )
        await self._note("progress", text)

    async def log(self, line: str) -> None:
        """Keep a line with the job, for operators; the oldest go when there are 16 kB."""
        await self._note("log", " ".join(line.split())[:MOST_PROGRESS])

"""How a turn at publishing may end, other than with the post on its platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hutch_queue import Snooze

SHORTEST_WAIT = timedelta(seconds=1)
"""A platform whose limit has just reset is not asked again at once."""


class TryLater(Exception):
    """This turn brought nothing; the job shall run again with its backoff."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """There is nothing to do before an instant; nothing is wrong with the post.

    Attributes:
        until: When the job shall run again, in UTC.
    """

    until: datetime

    def snooze(self) -> Snooze:
        """Make what the job raises: it runs again then, and no attempt is used up."""
        return Snooze(max(self.until, datetime.now(UTC) + SHORTEST_WAIT))

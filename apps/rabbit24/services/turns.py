"""How a turn at publishing may end, other than with the post on its platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class TryLater(Exception):
    """This turn brought nothing; the job shall run again with its backoff."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """There is nothing to do before an instant; nothing is wrong with the post.

    Attributes:
        until: When the job shall run again, in UTC.
    """

    until: datetime

"""Settings of xBOT."""

from __future__ import annotations

from pydantic import Field

from hutch import Settings


class XbotSettings(Settings, section="xbot"):
    """How patient xBOT is, and what it measures.

    What may change while it runs is in its configuration, not here.
    """

    queue_capacity: int = Field(default=100_000, ge=0)
    """How many jobs each queue may hold; 0 is no limit. What is more waits in the database."""

    posting_lock: float = Field(default=300.0, ge=1)
    """Seconds after which the lock on posting is free when its worker has died."""

    sync_lock: float = Field(default=600.0, ge=1)
    """Seconds after which the lock on writing to the database is free when its worker has died."""

    learn_lock: float = Field(default=300.0, ge=1)
    """Seconds after which the lock on learning is free when its worker has died."""

    ask_again: float = Field(default=60.0, ge=1)
    """Seconds after which a post that waits for the hourly limit, or for its account, asks again:
    an operator may have raised the limit, or connected the account."""

    settled_after: float = Field(default=86_400.0, ge=0)
    """Seconds after which a post's figures count as what it came to: then it is learned from."""

    measure_every: float = Field(default=3_600.0, ge=1)
    """Seconds between two measurements of a post."""

    measured_days: int = Field(default=30, ge=1)
    """Days for which a post is measured."""

"""Settings of rabbit24."""

from __future__ import annotations

from typing import Annotated

from pydantic import ByteSize, Field

from hutch import Also, Settings
from hutch_queue import Backoff, exponential

FACTOR = 5
"""Each pause is five times the one before: 5, 25, 125 seconds."""


class Rabbit24Settings(Settings, section="rabbit24"):
    """What users get, and how long posts are measured."""

    registration: bool = True
    """Whether anybody may register; off, operators add users by `hutch users add`."""

    welcome_credits: int = Field(default=100, ge=0)
    """Credits of a new user; a text that is written for a schedule costs one."""

    most_brands: int = Field(default=50, ge=1)
    """Brands of a user at most; operators make as many as they like."""

    most_schedules: int = Field(default=20, ge=1)
    """Schedules of a brand at most."""

    most_bytes: ByteSize = Field(default=ByteSize(1024**3), gt=0)
    """What the uploaded files of a brand may have together, in bytes or as 1GiB."""

    measured_days: int = Field(default=30, ge=1)
    """Days for which a published post is measured every hour."""


class DistributionSettings(Settings, section="distribution"):
    """How the queues of the distribution try again."""

    max_retries: Annotated[int, Also("BULLMQ_MAX_RETRIES"), Field(ge=0, le=100)] = 3
    """How often a dispatch is tried again after its first run."""

    backoff_delay: Annotated[int, Also("BULLMQ_BACKOFF_DELAY"), Field(ge=1)] = 5000
    """Milliseconds before the first retry; each next pause is five times as long."""

    @property
    def backoff(self) -> Backoff:
        """How long to wait between attempts."""
        return exponential(self.backoff_delay / 1000, factor=FACTOR)

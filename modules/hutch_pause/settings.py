"""Settings of pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from hutch.settings import Settings
from hutch_redis import Backend


class PauseSettings(Settings, section="pause"):
    """Pauses."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    seconds: Annotated[float, Field(gt=0, le=10**8)] = 3600.0
    """How long a pause lasts that does not say it itself, in seconds."""
    interval: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Seconds after which a process looks for pauses of others that have run out."""
    subject_key: str = "PAUSE:{subject}"
    """The key of a subject's pause."""
    all_key: str = "PAUSE:ALL"
    """The key of the pause of all."""
    counter_key: str = "COUNTER:{subject}:msgs"
    """The key under which the gate counts."""
    channel: Annotated[str, Field(min_length=1)] = "events:pause"
    """The channel on which pauses are told, behind the app's prefix."""

    @property
    def duration(self) -> timedelta:
        """How long a pause lasts that does not say it itself."""
        return timedelta(seconds=self.seconds)

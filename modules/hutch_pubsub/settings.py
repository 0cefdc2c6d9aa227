"""Settings of events and inboxes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hutch.settings import Settings
from hutch_redis import Backend

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PubsubSettings(Settings, section="pubsub"):
    """Events that vanish, and inboxes of events that wait."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    silence: Seconds = 5.0
    """Seconds without a word after which the connection for events is tested."""
    lease: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 15.0
    """Seconds without a sign of life after which an entry is given to another consumer."""
    shutdown_grace: Seconds = 30.0
    """Seconds that messages in work have to finish when a consumer stops."""

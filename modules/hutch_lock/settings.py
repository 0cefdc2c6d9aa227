"""Settings of locks and of what is done once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hutch.settings import Settings
from hutch_redis import Backend


class LockSettings(Settings, section="lock"):
    """Locks, and work that is done once."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    claim: Annotated[float, Field(ge=0.1, allow_inf_nan=False)] = 60.0
    """Seconds after which work of a process that died may be done by another."""
    keep_answers: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 86_400.0
    """Seconds for which the answer to an Idempotency-Key is kept."""

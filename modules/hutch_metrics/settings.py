"""Settings of the metrics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hutch.settings import Settings
from hutch_redis import Backend


class MetricsSettings(Settings, section="metrics"):
    """Figures: counts by day and hour, and what Prometheus reads."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    interval: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Seconds for which counts are collected in the process before they are written."""
    buffer: Annotated[int, Field(ge=1)] = 10_000
    """How many different counts a process collects; further ones are dropped, and counted."""

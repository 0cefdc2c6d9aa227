"""Settings of the outbox."""

from typing import Annotated

from pydantic import Field

from hutch.settings import Settings


class OutboxSettings(Settings, section="outbox"):
    """Jobs on their way from the database to the queue."""

    interval: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Seconds after which a process looks for jobs that another one left behind."""
    behind_after: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    """Seconds that a job may wait in the outbox before the health check fails."""

"""Settings of the queue."""

from __future__ import annotations

from typing import Annotated

from pydantic import ByteSize, Field

from hutch.settings import Also, Settings
from hutch_redis import Backend


class QueueSettings(Settings, section="queue"):
    """Background jobs."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    payload_limit: Annotated[ByteSize, Field(gt=0)] = ByteSize(256 * 1024)
    """The largest arguments of one job, in bytes or as 256KiB."""
    shutdown_grace: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30.0
    """Seconds that running jobs have to finish when the worker stops."""
    lease: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 15.0
    """Seconds without a sign of life after which a worker's jobs are given to others."""
    concurrency: Annotated[int | None, Also("BULLMQ_CONCURRENCY"), Field(ge=1)] = None
    """How many jobs of each queue one worker runs at once; unset, what its processor says."""

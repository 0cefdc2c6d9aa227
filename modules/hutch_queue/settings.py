"""Settings of the queue."""

from __future__ import annotations

from typing import Literal

from pydantic import ByteSize, Field

from hutch.settings import Settings


class QueueSettings(Settings, section="queue"):
    """Background jobs."""

    backend: Literal["redis", "memory"] | None = None
    """redis or memory; by default memory in tests, else redis."""
    payload_limit: ByteSize = Field(ByteSize(256 * 1024), gt=0)
    """The largest arguments of one job, in bytes or as 256KiB."""
    shutdown_grace: float = Field(30.0, gt=0)
    """Seconds that running jobs have to finish when the worker stops."""
    lease: float = Field(15.0, ge=1)
    """Seconds without a sign of life after which a worker's jobs are given to others."""

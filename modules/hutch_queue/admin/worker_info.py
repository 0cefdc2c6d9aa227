"""Worker info: what the workers of a queue tell about themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A living worker of one queue, as it was at its last sign of life.

    Attributes:
        name: Its own for each queue; another one after its connection broke.
        host: The machine.
        pid: The process.
        since: When it started.
        concurrency: How many jobs it runs at once.
        running: How many it ran.
        quiet: Whether it was taking no more jobs.
        completed: How many of its runs returned.
        failed: How many were the end of a job.
        retried: How many were followed by another attempt.
        snoozed: How many asked to be run later, or were handed back.
    """

    name: str
    host: str
    pid: int
    since: datetime
    concurrency: int
    running: int
    quiet: bool
    completed: int
    failed: int
    retried: int
    snoozed: int


def read_worker(name: str, told: str) -> WorkerInfo:
    """Read what a worker tells; what it leaves out is empty or 0."""
    found: Mapping[str, Any] = json.loads(told or "{}")
    return WorkerInfo(
        name=name,
        host=found.get("host", ""),
        pid=found.get("pid", 0),
        since=datetime.fromtimestamp(found.get("since", 0) / 1000, UTC),
        concurrency=found.get("concurrency", 0),
        running=found.get("running", 0),
        quiet=found.get("quiet", False),
        completed=found.get("complete", 0),
        failed=found.get("failed", 0),
        retried=found.get("retry", 0),
        snoozed=found.get("snooze", 0),
    )

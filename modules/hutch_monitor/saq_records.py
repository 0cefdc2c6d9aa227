"""What SAQ's page gets to see of queues and jobs.

SAQ's page hands what it gets to a function that takes an object for attributes of an
element, so a job's argument could run script. Here every value is text or a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from saq.types import QueueInfo, WorkerInfo

from hutch.masking import mask
from hutch.redaction import hide_in_text
from hutch_monitor.masking import arguments_of, mask_arguments, show

# SAQ's page puts names into addresses as they are.
_BREAKS_ADDRESS = re.compile(r"[/?#%\\\s]")
_TIMES = ("queued", "started", "completed", "attempts", "progress")
_COUNTS = ("complete", "failed", "retried", "aborted", "uptime")


class Records:
    """Describes queues and jobs as SAQ's page reads them.

    Args:
        show_arguments: Whether arguments and results are shown as they are.
    """

    def __init__(self, show_arguments: bool) -> None:
        self._arguments = show if show_arguments else mask_arguments
        self._result = show if show_arguments else mask

    def queue(self, info: QueueInfo) -> dict[str, Any]:
        """Describe a queue, with the jobs that were asked for."""
        return {
            "name": for_address(info["name"]),
            "active": int(info["active"]),
            "queued": int(info["queued"]),
            "scheduled": int(info["scheduled"]),
            "workers": {str(name): _worker(worker) for name, worker in info["workers"].items()},
            "jobs": [self.job({**job, "queue": info["name"]}) for job in info["jobs"]],
        }

    def job(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Describe a job from ``Job.to_dict()``, which leaves out what is not set."""
        status = record.get("status", "new")
        return {
            "key": for_address(str(record["key"])),
            "queue": for_address(str(record["queue"])),
            "function": str(record["function"]),
            "kwargs": self._arguments(arguments_of(record.get("kwargs"))),
            "status": str(getattr(status, "value", status)),
            "result": self._result(record["result"]) if "result" in record else "",
            "error": hide_in_text(str(record.get("error") or "")),
            **{name: _number(record.get(name)) for name in _TIMES},
        }


def for_address(name: str) -> str:
    """Escape what would break an address that holds this name."""
    return _BREAKS_ADDRESS.sub(lambda match: quote(match[0], safe=""), name)


def _worker(worker: WorkerInfo) -> dict[str, Any]:
    stats: Mapping[str, Any] = worker.get("stats") or {}
    return {"stats": {name: _number(stats.get(name)) for name in _COUNTS}}


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0

"""Workers: who takes a queue's jobs, as SAQ lists them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from saq.types import WorkerInfo

from hutch_queue.produce.record import Json
from hutch_queue.worker.attempts import now


def read_workers(told: Mapping[str, str], queue: str) -> dict[str, WorkerInfo]:
    """Turn what workers tell about themselves into SAQ's list.

    Args:
        told: JSON by the workers' names; that of a SAQ queue tells of the workers that use it.
        queue: The queue's name.
    """
    found: dict[str, WorkerInfo] = {}
    for name, text in told.items():
        info: Json = json.loads(text or "{}")
        if "saq" not in info:
            found[name] = _ours(info, queue)
            continue
        for worker, theirs in info["saq"].items():
            if theirs["until"] > now():
                found[worker] = WorkerInfo(
                    queue_key=theirs["queue_key"],
                    stats=theirs["stats"],
                    metadata=theirs["metadata"],
                )
    return found


def _ours(info: Json, queue: str) -> WorkerInfo:
    return WorkerInfo(
        queue_key=queue,
        stats={
            "complete": info.get("complete", 0),
            "failed": info.get("failed", 0),
            "retried": info.get("retry", 0),
            "aborted": 0,  # among the failed
            "uptime": now() - info["since"] if "since" in info else 0,
        },
        metadata={name: info[name] for name in ("host", "pid", "concurrency") if name in info},
    )

"""Our jobs as SAQ's records, and back."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from pydantic_core import from_json, to_json
from saq.job import Job, Status

from hutch_queue.context import JobContext
from hutch_queue.intake import NewJob
from hutch_queue.run import Attempt

if TYPE_CHECKING:
    from hutch_queue.saq_queue import SaqQueue


class SaqJob(Job):
    """A SAQ job whose abort flag belongs to its queue, not to every queue of the server."""

    @property
    def abort_id(self) -> str:
        """The key of its abort flag."""
        return cast("SaqQueue", self.get_queue()).abort_id(self.key)


def to_saq(new: NewJob, lease: float) -> SaqJob:
    """Write a new job as SAQ does.

    Args:
        new: The job; its arguments become the one keyword ``data``.
        lease: Seconds without a heartbeat after which the job is given to another worker.
    """
    options = new.call.job.options
    return SaqJob(
        function=new.call.name,
        kwargs={"data": from_json(new.payload)},
        key=new.id,
        # The worker keeps the time limit; SAQ's comes later and only finds dead workers.
        timeout=math.ceil(options.timeout + lease),
        heartbeat=math.ceil(lease),
        retries=options.attempts,
        ttl=seconds(new.queue.keep_failed.total_seconds()),
        scheduled=_scheduled(new),
        queued=round(new.enqueued_at.timestamp() * 1000),
        status=Status.QUEUED,
        meta={"key": new.key, **new.carried},
    )


def attempt_of(job: Job, queue: str) -> Attempt:
    """Read the attempt that a SAQ job has just begun."""
    context = JobContext(
        id=job.key,
        queue=queue,
        name=job.function,
        attempt=job.attempts,
        attempts=job.retries,
        enqueued_at=datetime.fromtimestamp(job.queued / 1000, UTC),
        key=job.meta.get("key"),
    )
    carried = {name: value for name, value in job.meta.items() if isinstance(value, str)}
    return Attempt(context, to_json((job.kwargs or {}).get("data")), carried)


def seconds(duration: float) -> int:
    """Round a duration up to SAQ's whole seconds; 0 would mean for ever."""
    return max(1, math.ceil(duration))


def _scheduled(new: NewJob) -> int:
    if new.due <= new.enqueued_at:
        return 0
    # SAQ says int, but sorts by it as Redis does: fractions are kept, and exact.
    return cast(int, round(new.due.timestamp(), 3))

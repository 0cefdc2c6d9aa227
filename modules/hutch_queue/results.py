"""Results: what a handle tells about a job that has ended, or has not."""

from __future__ import annotations

from typing import Any, NoReturn

from hutch_queue.errors import JobFailed, JobGone, ResultTimeout
from hutch_queue.intake import NewJob


def read_result(job: NewJob, stored: Any) -> Any:
    """Turn a stored result into what the job returned."""
    return job.call.job.codec.decode_result(stored)


def refuse_failed(job: NewJob, error: str) -> NoReturn:
    """Tell that a job failed, with the last line of its traceback."""
    last = error.strip().splitlines()[-1] if error.strip() else "no error is known"
    raise JobFailed(f"{job.call.name} ({job.id} in {job.queue.name}) failed: {last}")


def refuse_late(job: NewJob, timeout: float) -> NoReturn:
    """Tell that a job has not ended in time."""
    raise ResultTimeout(
        f"{job.call.name} ({job.id} in {job.queue.name}) has not ended within {timeout:g} seconds; "
        "does a worker run?"
    )


def refuse_gone(job: NewJob) -> NoReturn:
    """Tell that a job's record is no longer kept."""
    raise JobGone(
        f"{job.call.name} ({job.id} in {job.queue.name}) has no record: "
        f"it was removed, or ended more than {job.queue.keep_completed} ago."
    )

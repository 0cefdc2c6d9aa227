"""Results: what a handle tells about a job that has ended, or has not."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from hutch_queue.errors import JobFailed, JobGone, ResultTimeout
from hutch_queue.intake import NewJob

# A traceback of an exception group is drawn with a margin.
_MARGIN = re.compile(r"^ *[|+] ?", re.MULTILINE)
# After the last frame come its indented lines, then "Type: message", maybe of several lines.
_ERROR = re.compile(r'^  File ".*", line \d+.*\n(?: {4}.*\n)*(\S.*)', re.MULTILINE)


def read_result(job: NewJob, stored: Any) -> Any:
    """Turn a stored result into what the job returned.

    Raises:
        JobGone: It is not of the declared type, so it was not kept or cannot be read.
    """
    try:
        return job.call.job.codec.decode_result(stored)
    except ValueError:
        # Without its cause, which quotes the result.
        raise JobGone(
            f"{job.call.name} ({job.id} in {job.queue.name}) completed, but its result is not of "
            "the type that the job declares; correct the job's return type."
        ) from None


def refuse_failed(job: NewJob, error: str) -> NoReturn:
    """Tell that a job failed, with the error at the end of its traceback."""
    told = _last_error(error) or "no error is known"
    raise JobFailed(f"{job.call.name} ({job.id} in {job.queue.name}) failed: {told}")


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


def _last_error(trace: str) -> str:
    errors = _ERROR.findall(_MARGIN.sub("", trace))
    return errors[-1] if errors else trace.strip().rpartition("\n")[2]

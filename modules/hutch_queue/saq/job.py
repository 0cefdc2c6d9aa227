"""SAQ's jobs: written as our records, and read back from what is stored."""

from __future__ import annotations

import json

from saq.job import Job, Status
from saq.queue.base import Queue

from hutch_queue.errors import InvalidOption
from hutch_queue.names import has_control
from hutch_queue.produce.intake import MAX_KEY_BYTES
from hutch_queue.produce.record import Json, read_lines, read_record
from hutch_queue.storage.store import Entry, State, Stored
from hutch_queue.worker.attempts import Held

LIVE: tuple[State, ...] = ("active", "waiting", "delayed")

_STATUS: dict[State, Status] = {
    "waiting": Status.QUEUED,
    "delayed": Status.QUEUED,
    "active": Status.ACTIVE,
    "completed": Status.COMPLETE,
    "failed": Status.FAILED,
}
_AS_GIVEN = ("heartbeat", "retry_delay", "retry_backoff", "scheduled", "ttl")
_NOTED = ("started", "touched", "progress", "worker_id")


class SaqJob(Job):
    """A job that was read, and which run of it this is.

    Attributes:
        fence: The number under which it was claimed; 0 for one that does not run.
        taken: Whether it was taken by the queue that it belongs to.
    """

    fence: int = 0
    taken: bool = False


def entry_of(job: Job) -> Entry:
    """Make what the store takes.

    Raises:
        InvalidOption: Its key cannot be one.
        TypeError: An argument cannot be written as JSON.
    """
    _check_key(job)
    return Entry(
        job.key,
        _dumps(_record(job)),
        due=max(0, round(job.scheduled * 1000)),
        priority=-job.priority,
    )


def _check_key(job: Job) -> None:
    key = job.key
    if not key.strip() or has_control(key) or len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidOption(
            f"{job.function}: key={key[:40]!r}; a key has 1 to {MAX_KEY_BYTES} bytes as UTF-8, "
            "none of them a control character."
        )


def _record(job: Job) -> Json:
    record: Json = {"queued": job.queued}
    if job.priority:
        record["priority"] = -job.priority  # SAQ's lower number comes first
    record["function"] = job.function
    record["queue"] = job.get_queue().name
    record["key"] = job.key
    record["kwargs"] = job.kwargs or {}
    record["retries"] = job.retries
    if job.timeout:
        record["timeout"] = job.timeout
    for name in _AS_GIVEN:
        record[name] = getattr(job, name)
    if job.meta:
        record["saq_meta"] = job.meta  # apart from ours, which the scripts read
    return record


def note_of(job: Job, fence: int) -> str:
    """Write what a run tells of itself."""
    noted = {name: getattr(job, name) for name in _NOTED}
    return _dumps({"saq": {"fence": fence, "meta": job.meta, **noted}})


def tail_of(job: Job, attempts: int) -> str:
    """Write what closes the record of a job that has ended."""
    ending: Json = {
        "attempts": attempts,
        "completed": job.completed,
        "status": job.status.value,
        **{name: getattr(job, name) for name in _NOTED},
        "result": job.result,
        "error": job.error,
        "saq_meta": job.meta,
    }
    return "," + _dumps({name: value for name, value in ending.items() if value is not None})[1:]


def read_saq_job(queue: Queue, stored: Stored) -> SaqJob:
    """Turn what is stored into SAQ's job."""
    record, noted = read_record(stored.record), _noted(stored)
    job = _read(queue, stored.id, record)
    job.status = _status(stored, record)
    job.attempts = record.get("attempts", stored.attempt - stored.excused)
    job.meta = noted.get("meta", job.meta)
    if stored.due is not None:
        job.scheduled = stored.due / 1000  # type: ignore[assignment]
    if stored.ended is not None:
        job.completed = stored.ended
    elif stored.state == "active":
        _run(job, stored, noted)
    else:
        job.error = _last_error(stored)
    job.touched = max(job.touched, job.queued, job.started, job.completed)
    return job


def taken_job(queue: Queue, held: Held, meta: Json | None = None) -> SaqJob:
    """Turn a claim into the job that SAQ's worker runs; that counts the attempt itself.

    Args:
        queue: Its queue.
        held: The claim.
        meta: What an earlier run made of it.
    """
    job = _read(queue, held.claim.id, held.record)
    job.status = Status.ACTIVE
    job.attempts = held.counted - 1
    job.touched = job.started = held.started
    job.fence, job.taken = held.claim.attempt, True
    job.meta = job.meta if meta is None else meta
    return job


def _read(queue: Queue, id: str, record: Json) -> SaqJob:
    job = SaqJob(record["function"], record.get("kwargs"), queue, id, record.get("timeout", 0))
    job.retries = record.get("retries", 1)
    job.priority = -record.get("priority", 0)
    job.meta = record.get("saq_meta") or {}
    for name in ("queued", "result", "error", *_AS_GIVEN, *_NOTED):
        setattr(job, name, record.get(name, getattr(job, name)))
    return job


def _run(job: SaqJob, stored: Stored, noted: Json) -> None:
    job.fence = stored.attempt
    job.worker_id = stored.worker
    job.error = stored.aborting
    # What another run told is not said of this one.
    if noted.get("fence", job.fence) == job.fence:
        for name in _NOTED:
            setattr(job, name, noted.get(name, getattr(job, name)))


def _status(stored: Stored, record: Json) -> Status:
    if stored.aborting is not None:
        return Status.ABORTING if stored.state == "active" else Status.QUEUED
    if record.get("status") == "aborted":
        return Status.ABORTED
    return _STATUS[stored.state]


def _noted(stored: Stored) -> Json:
    """Read what the job's worker told; one of ours tells a number or anything else."""
    told: Json | float | None = json.loads(stored.progress) if stored.progress else None
    if isinstance(told, int | float):
        return {"progress": told}
    noted: Json | None = told.get("saq") if isinstance(told, dict) else None
    return noted or {}


def _last_error(stored: Stored) -> str | None:
    errors: list[str] = [line["error"] for line in read_lines(stored.errors)]
    return errors[-1] or None if errors else None


def _dumps(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))

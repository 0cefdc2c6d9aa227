"""Run: one attempt at a job, from stored bytes to what becomes of it."""

from __future__ import annotations

import asyncio
import math
import sysconfig
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from hutch.context import adopt, bind_context
from hutch.redaction import hide_in_text
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.snooze import Snooze
from hutch_queue.errors import InvalidArguments, InvalidJob
from hutch_queue.produce.record import NOTHING
from hutch_queue.worker.work import Task

_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
STOPPING = (Exception, SystemExit, asyncio.CancelledError)
"""What ends a run, but not the worker: a job may try to exit, or cancel itself."""
LONGEST_DELAY = 10 * 365 * 86400.0
"""Seconds between two attempts at most: an exponential backoff soon passes all calendars."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)  # not frozen: made for every job, and that costs thrice as much
class Attempt:
    """What a worker runs: a job, and which run of it this is.

    Attributes:
        payload: Its arguments as a JSON object.
        timeout: Seconds that it may take.
        delays: Seconds to wait after each failure; by the job's own backoff if None.
        carried: What the producer's context sent along.
    """

    job: JobContext
    payload: bytes = field(repr=False)
    timeout: float
    delays: Sequence[float] | None = None
    carried: Mapping[str, str] = field(default_factory=dict[str, str])

    def context(self) -> bind_context:
        """Bind who this is, and on whose behalf it runs."""
        job = self.job
        return adopt(
            self.carried, job_id=job.id, queue=job.queue, job=job.name, attempt=job.attempt
        )


@dataclass(slots=True)  # not frozen: made for every job, and that costs thrice as much
class Completed:
    """The job returned.

    Attributes:
        result: What it returned, as JSON.
    """

    result: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed, and another one follows.

    Attributes:
        error: The traceback, secrets hidden.
        delay: Seconds to wait before it.
    """

    error: str = field(repr=False)
    delay: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The job failed for good.

    Attributes:
        error: The traceback, secrets hidden.
    """

    error: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snoozed:
    """The job asked to be run later.

    Attributes:
        due: When, as in ``Ended.due``.
    """

    due: int


Outcome = Completed | Retry | Snoozed | Failed


async def run(task: Task, attempt: Attempt, log: Any = _log) -> Outcome:
    """Run one attempt in a scope of its own, within its time limit.

    Args:
        task: The job, as this process runs it.
        attempt: Which run of it.
        log: The logger for the lines of every job; a bound one saves finding it each time.

    Raises:
        asyncio.CancelledError: The worker, not the job, was told to stop.
    """
    with attempt.context():
        log.info("job started")
        try:
            arguments = task.job.codec.decode(attempt.payload)
        except InvalidArguments as error:
            return fail(error)
        try:
            result = await within(task, attempt.job, attempt.timeout, arguments)
        except STOPPING as error:
            refuse_stop(error)
            return failed(task, attempt, error)
        log.info("job completed")
        return Completed(storable(task, result))


def refuse_stop(error: BaseException) -> None:
    """Raise the error again where it is not the job's: the worker was told to stop."""
    current = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and current and current.cancelling():
        raise error


async def within(task: Task, job: JobContext, seconds: float, arguments: dict[str, Any]) -> Any:
    """Call a task, and stop it at its time limit.

    Raises:
        TimeoutError: It took longer.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await task.invoke(job, arguments)
    except TimeoutError as error:
        if limit.expired():
            raise TimeoutError(f"{job.name} took longer than {seconds:g} seconds") from error
        raise


def failed(task: Task, attempt: Attempt, error: BaseException) -> Outcome:
    """Say what follows on an error that a job raised."""
    if isinstance(error, Snooze):
        _log.info("job is snoozed", delay=error.delay)
        return Snoozed(error.due)
    job = attempt.job
    if job.attempt >= job.attempts or isinstance(error, task.job.options.no_retry):
        return fail(error)
    try:
        delay = _delay(task, attempt)
    except Exception as broken:  # its traceback shows the job's own error, too
        return fail(broken)
    _log.warning("job will be retried", error=type(error).__name__, at=_place(error), delay=delay)
    return Retry(_text(error), delay)


def _delay(task: Task, attempt: Attempt) -> float:
    job, delays = attempt.job, attempt.delays
    if delays:
        return min(delays[min(job.attempt, len(delays)) - 1], LONGEST_DELAY)
    delay = task.job.options.backoff(job.attempt)
    if not math.isfinite(delay):
        raise InvalidJob(
            f"{job.name}: its backoff says {delay} seconds after attempt {job.attempt}; "
            "let it return a finite number."
        )
    return min(max(delay, 0.0), LONGEST_DELAY)


def fail(error: BaseException) -> Failed:
    """Say that a job has failed for good."""
    _log.error("job failed", error=type(error).__name__, at=_place(error))
    return Failed(_text(error))


def _text(error: BaseException) -> str:
    return hide_in_text("".join(traceback.format_exception(error)))


def _place(error: BaseException) -> str:
    """Name the file and line where it was raised, behind the last one that is no library's.

    The message is not logged: it may quote arguments.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_LIBRARIES)]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in (*own[-1:], *frames[-1:])]
    return " > ".join(dict.fromkeys(places))


def storable(task: Task, result: Any) -> str:
    """Write a result as JSON; null where it is not of the declared type."""
    try:
        return task.job.codec.encode_result(result)
    except ValueError as error:
        _log.warning("result is not of the declared type, not kept", error=type(error).__name__)
        return NOTHING

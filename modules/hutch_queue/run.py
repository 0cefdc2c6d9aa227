"""Run: one attempt at a job, from stored bytes to what becomes of it."""

from __future__ import annotations

import asyncio
import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from hutch.context import adopt
from hutch.redaction import hide_in_text
from hutch_queue.context import JobContext
from hutch_queue.errors import InvalidArguments, InvalidJob
from hutch_queue.work import Task

LONGEST_DELAY = 10 * 365 * 86400.0
"""Seconds between two attempts at most: an exponential backoff soon passes all calendars."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a backend hands out: a job, and which run of it this is."""

    job: JobContext
    payload: bytes = field(repr=False)
    carried: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Completed:
    """The job returned.

    Attributes:
        result: What it returned, as JSON can hold it.
    """

    result: Any = field(repr=False)


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


Outcome = Completed | Retry | Failed


async def run(task: Task, attempt: Attempt) -> Outcome:
    """Run one attempt in a scope of its own, within its time limit.

    Raises:
        asyncio.CancelledError: The worker, not the job, was told to stop.
    """
    job = attempt.job
    with adopt(attempt.carried, job_id=job.id, queue=job.queue, job=job.name, attempt=job.attempt):
        _log.info("job started")
        try:
            arguments = task.job.codec.decode(attempt.payload)
        except InvalidArguments as error:
            return _fail(error)
        try:
            result = await _within(task, job, arguments)
        except (Exception, SystemExit) as error:  # a job that exits must not end the worker
            return _retry(task, job, error)
        except asyncio.CancelledError as error:
            if _is_told_to_stop():
                raise
            return _retry(task, job, error)
        _log.info("job completed")
        return Completed(_storable(task, result))


async def _within(task: Task, job: JobContext, arguments: dict[str, Any]) -> Any:
    seconds = task.job.options.timeout
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await task.invoke(job, arguments)
    except TimeoutError as error:
        if limit.expired():
            raise TimeoutError(f"{job.name} took longer than {seconds:g} seconds") from error
        raise


def _is_told_to_stop() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def _retry(task: Task, job: JobContext, error: BaseException) -> Outcome:
    if job.attempt >= job.attempts:
        return _fail(error)
    try:
        delay = _delay(task, job)
    except Exception as broken:  # its traceback shows the job's own error, too
        return _fail(broken)
    _log.warning("job will be retried", error=type(error).__name__, at=_place(error), delay=delay)
    return Retry(_text(error), delay)


def _delay(task: Task, job: JobContext) -> float:
    delay = task.job.options.backoff(job.attempt)
    if not math.isfinite(delay):
        raise InvalidJob(
            f"{job.name}: its backoff says {delay} seconds after attempt {job.attempt}; "
            "let it return a finite number."
        )
    return min(max(delay, 0.0), LONGEST_DELAY)


def _fail(error: BaseException) -> Failed:
    _log.error("job failed", error=type(error).__name__, at=_place(error))
    return Failed(_text(error))


def _text(error: BaseException) -> str:
    return hide_in_text("".join(traceback.format_exception(error)))


def _place(error: BaseException) -> str:
    """Name the innermost file and line; the message may quote arguments, so it is not logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _storable(task: Task, result: Any) -> Any:
    try:
        return task.job.codec.encode_result(result)
    except ValueError as error:
        _log.warning("result is not of the declared type, not kept", error=type(error).__name__)
        return None

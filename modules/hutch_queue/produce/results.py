"""Results: what a handle tells about a job that has ended, or has not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from hutch_queue.errors import JobFailed, JobGone, ResultTimeout
from hutch_queue.produce.intake import NewJob
from hutch_queue.produce.notices import Notices
from hutch_queue.produce.record import read_record
from hutch_queue.storage.store import Stored
from hutch_queue.storage.stores import Stores

LOOK = 1.0
"""Seconds after which a job is looked at although no notice came: one may be lost."""

# A traceback of an exception group is drawn with a margin.
_MARGIN = re.compile(r"^ *[|+] ?", re.MULTILINE)
# After the last frame come its indented lines, then "Type: message", maybe of several lines.
_ERROR = re.compile(r'^  File ".*", line \d+.*\n(?: {4}.*\n)*(\S.*)', re.MULTILINE)


class Results:
    """Waits for the ends of jobs."""

    def __init__(self, stores: Stores, notices: Notices) -> None:
        self._store = stores.fast
        self._notices = notices

    async def of(self, job: NewJob, timeout: float, *, before: Sequence[NewJob] = ()) -> Any:
        """Wait for a job to end; see ``Handle.result``.

        Args:
            job: The job as it was handed in.
            timeout: Seconds to wait.
            before: The jobs of its chain that must complete before it is stored.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        async with self._notices.about(self._store.base(job.queue.name), job.id) as heard:
            while True:
                heard.clear()
                if (ended := await self._look(job, before)) is not None:
                    return _result(*ended)
                left = deadline - clock()
                if left <= 0:
                    _refuse_late(job, timeout)
                await _wait(heard, min(left, LOOK))

    async def _look(self, job: NewJob, before: Sequence[NewJob]) -> tuple[NewJob, Stored] | None:
        """Return the job once it has ended, or the one on which it waits in vain."""
        try:
            if (stored := await self._read(job)) is not None:
                return (job, stored) if stored.ended is not None else None
            if not before:
                _refuse_gone(job)
            for earlier in before:
                found = await self._read(earlier)
                if found and found.state == "failed":
                    return earlier, found
        except self._store.away:
            pass  # the clock decides how long that may last
        return None

    async def _read(self, job: NewJob) -> Stored | None:
        [stored] = await self._store.read(job.queue.name, [job.id])
        return stored


async def _wait(heard: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        return


def _result(job: NewJob, ended: Stored) -> Any:
    record = read_record(ended.record)
    if ended.state == "failed":
        told = last_error(record.get("error") or "") or "no error is known"
        raise JobFailed(f"{job.call.name} ({job.id} in {job.queue.name}) failed: {told}")
    try:
        return job.call.job.codec.decode_result(record.get("result"))
    except ValueError:
        # Without its cause, which quotes the result.
        raise JobGone(
            f"{job.call.name} ({job.id} in {job.queue.name}) completed, but its result is not of "
            "the type that the job declares; correct the job's return type."
        ) from None


def _refuse_late(job: NewJob, timeout: float) -> NoReturn:
    raise ResultTimeout(
        f"{job.call.name} ({job.id} in {job.queue.name}) has not ended within {timeout:g} seconds; "
        "does a worker run?"
    )


def _refuse_gone(job: NewJob) -> NoReturn:
    raise JobGone(
        f"{job.call.name} ({job.id} in {job.queue.name}) has no record: "
        f"it was removed, or ended more than {job.queue.keep_completed} ago."
    )


def last_error(trace: str) -> str:
    """Return the error at the end of a traceback."""
    errors = _ERROR.findall(_MARGIN.sub("", trace))
    return errors[-1] if errors else trace.strip().rpartition("\n")[2]

"""Results: waits for SAQ's jobs by our notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from saq.job import TERMINAL_STATUSES, UNSUCCESSFUL_TERMINAL_STATUSES, Job
from saq.queue.base import JobError, Queue

from hutch_queue.produce.notices import Notices

_MISSING = object()


class SaqResults:
    """Looks at jobs of a queue whenever one of them has ended.

    Args:
        queue: Reads the jobs.
        base: The base of its keys.
        notices: Tells of ends.
    """

    def __init__(self, queue: Queue, base: str, notices: Notices) -> None:
        self._queue = queue
        self._base = base
        self._notices = notices

    async def looks(
        self, keys: Iterable[str], seconds: float
    ) -> AsyncGenerator[dict[str, Job | None], None]:
        """Read jobs again and again: at once, after an end, and after so many seconds."""
        wanted = list(keys)
        async with self._notices.about(self._base, *wanted) as heard:
            while True:
                heard.clear()
                yield dict(zip(wanted, await self._queue.jobs(wanted), strict=True))
                await _wait(heard, seconds)

    async def collect(
        self, keys: Iterable[str], seconds: float, *, return_exceptions: bool
    ) -> list[Any]:
        """Wait until all have ended, and return what came of each; None for one that is gone.

        Raises:
            JobError: One has failed, and exceptions are not to be returned.
        """
        results: dict[str, Any] = {}
        async with aclosing(self.looks(keys, seconds)) as looks:
            async for found in looks:
                results = {key: _result(job) for key, job in found.items()}
                failures = [result for result in results.values() if isinstance(result, JobError)]
                if failures and not return_exceptions:
                    raise failures[0]
                if _MISSING not in results.values():
                    break
        return list(results.values())


def _result(job: Job | None) -> Any:
    if job is None:
        return None
    if job.status in UNSUCCESSFUL_TERMINAL_STATUSES:
        return JobError(job)
    return job.result if job.status in TERMINAL_STATUSES else _MISSING


async def _wait(heard: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        return

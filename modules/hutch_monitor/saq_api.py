"""The API behind SAQ's page: SAQ's own routes, but safe."""

from __future__ import annotations

from urllib.parse import unquote

import structlog
from saq.job import TERMINAL_STATUSES, Job, Status
from saq.queue import Queue
from saq.types import QueueInfo
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hutch.http import Conflict, NotFound
from hutch_monitor.gate import USER
from hutch_monitor.saq_records import Records
from hutch_monitor.settings import MonitorSettings
from hutch_monitor.shown import ShownQueues
from hutch_queue import WrongState

log = structlog.get_logger(__name__)


class SaqApi:
    """Tells SAQ's page of queues and jobs; retries and aborts jobs."""

    def __init__(self, queues: ShownQueues, settings: MonitorSettings) -> None:
        self._queues = queues
        self._records = Records(settings.show_arguments)

    def routes(self) -> list[Route]:
        """List the routes, below SAQ's own ``/api``; names in paths are percent-encoded."""
        job = "/queues/{queue}/jobs/{job}"
        return [
            Route("/queues", self._all),
            Route("/queues/{queue}", self._one),
            Route(job, self._job),
            Route(f"{job}/retry", self._retry, methods=["POST"]),
            Route(f"{job}/abort", self._abort, methods=["POST"]),
        ]

    async def _all(self, _: Request) -> Response:
        shown = self._queues.all().items()
        found = [self._records.queue(await _info(name, queue)) for name, queue in shown]
        return JSONResponse({"queues": found})

    async def _one(self, request: Request) -> Response:
        info = await _info(_queue_name(request), self._queue(request), jobs=True)
        return JSONResponse({"queue": self._records.queue(info)})

    async def _job(self, request: Request) -> Response:
        job = await self._found(request)
        record = {**job.to_dict(), "queue": _queue_name(request)}
        return JSONResponse({"job": self._records.job(record)})

    async def _retry(self, request: Request) -> Response:
        job = await self._found(request)
        if job.status not in TERMINAL_STATUSES:
            raise Conflict(f"{job.key} is {job.status.value}; only a job that has ended can retry.")
        try:
            await job.retry(f"Retried by {_who(request)}.")
        except WrongState as error:  # somebody was faster
            raise Conflict(str(error)) from error
        log.info("job retried", operator=_who(request), queue=_queue_name(request), job_id=job.key)
        return JSONResponse({})

    async def _abort(self, request: Request) -> Response:
        job = await self._found(request)
        if job.status in TERMINAL_STATUSES or job.status is Status.ABORTING:
            raise Conflict(f"{job.key} is {job.status.value}; there is nothing to abort.")
        await job.abort(f"Aborted by {_who(request)}.")
        log.info("job aborted", operator=_who(request), queue=_queue_name(request), job_id=job.key)
        return JSONResponse({})

    def _queue(self, request: Request) -> Queue:
        name = _queue_name(request)
        found = self._queues.all().get(name)
        if found is None:
            raise NotFound(f"There is no queue {name!r}.")
        return found

    async def _found(self, request: Request) -> Job:
        queue, key = self._queue(request), unquote(request.path_params["job"])
        job = await queue.job(key)
        if job is None:
            raise NotFound(
                f"There is no job {key!r} in {_queue_name(request)}; records of ended jobs are "
                "kept for a while only."
            )
        return job


async def _info(name: str, queue: Queue, *, jobs: bool = False) -> QueueInfo:
    return {**await queue.info(jobs=jobs), "name": name}


def _queue_name(request: Request) -> str:
    return unquote(request.path_params["queue"])


def _who(request: Request) -> str:
    label: str = request.scope[USER].label
    return label

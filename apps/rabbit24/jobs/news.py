"""News: users hear of their jobs, when they are done and when they have failed for good."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from hutch.interceptors import Invocation, Proceed
from hutch_pubsub import Channel, Events, EventsUnavailable
from hutch_queue import JobContext, Snooze
from rabbit24.jobs.final import FINAL
from rabbit24.keys import JOBS_COMPLETED, JOBS_FAILED
from rabbit24.schemas import JobCompleted, JobFailed
from rabbit24.services.brands import Brands
from rabbit24.services.errors import Missing

AHEAD = 1.0
"""Seconds before the queue's time limit at which a job ends, while it still can be told."""

E = TypeVar("E", JobCompleted, JobFailed)


@dataclass
class News:
    """Interceptor of jobs whose payload tells a user or a brand.

    It stands outside of those that snooze, else it would tell of a failure that is none.
    A worker that dies in between tells nothing, or the next run tells again: the job's record
    is the truth.
    """

    events: Events
    brands: Brands

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Run the job and tell of its end."""
        job = cast(JobContext, call.source)
        try:
            # At the queue's own limit a job is cancelled, as it is when its worker stops.
            async with asyncio.timeout(_limit(call) - AHEAD):
                result = await proceed()
        except Snooze:
            raise
        except Exception as error:
            if job.attempt >= job.attempts or isinstance(error, FINAL):
                failed = JobFailed(job_id=job.id, queue=job.queue, error=type(error).__name__)
                await self._tell(call, JOBS_FAILED, failed)
            raise
        done = JobCompleted(job_id=job.id, queue=job.queue, status="completed")
        await self._tell(call, JOBS_COMPLETED, done)
        return result

    async def _tell(self, call: Invocation, channel: Channel[E], event: E) -> None:
        user = await self._user(call.arguments.get("data"))
        if user is None:
            return
        # An event is a hint: that nobody hears it is no failure of the job.
        with suppress(EventsUnavailable):
            await self.events.publish(channel.of(user_id=user), event)

    async def _user(self, data: object) -> str | None:
        if user := getattr(data, "user_id", None):
            return str(user)
        brand = getattr(data, "brand_profile_id", None)
        try:
            return (await self.brands.config(brand)).user_id if brand else None
        except Missing:
            return None


def _limit(call: Invocation) -> float:
    job: Any = getattr(call.owner, call.name.rpartition(".")[2])
    return float(job.definition.options.timeout)

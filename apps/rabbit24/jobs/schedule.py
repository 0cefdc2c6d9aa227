"""The ``schedule`` queue."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from hutch import Inject, Invocation, intercept
from hutch.interceptors import Proceed
from hutch_queue import (
    JobContext,
    Queue,
    ScheduleInfo,
    Schedules,
    UnknownSchedule,
    cron,
    exponential,
    injected,
    job,
    processor,
)
from kit.platforms import SnoozeWhenTold
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.final import FINAL
from rabbit24.jobs.news import News
from rabbit24.jobs.publish import PublishJobs
from rabbit24.models import Schedule
from rabbit24.schemas import FillSlot, GenerateEmbedding
from rabbit24.services.errors import NoCredits, Refused
from rabbit24.services.schedules import Slots

_log = structlog.get_logger(__name__)


class LeaveOut:
    """Interceptor of slots: one that cannot be filled now is left out, and no dead letter.

    The clock comes back with the next one, so a schedule that nobody looks after would leave
    one more with each tick. Its user is told as of any failure.
    """

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Run the job; None where the slot is left out."""
        try:
            return await proceed()
        except (NoCredits, Refused) as reason:
            _log.warning("slot is left out", reason=str(reason))
            return None


@processor("schedule", concurrency=5)
@dataclass
class ScheduleJobs:
    """Writes and approves the posts of slots."""

    queue: Queue
    schedules: Schedules
    slots: Slots
    publishing: PublishJobs

    @job(name="fill-slot", attempts=3, backoff=exponential(1), no_retry=FINAL)
    @intercept(LeaveOut, News, SnoozeWhenTold)
    async def fill(self, data: FillSlot, job: Inject[JobContext] = injected) -> str | None:
        """Write and approve the post of a slot, and return its id. Run twice it is one post.

        Without credits, or an account that takes the post, the slot is left out.
        """
        # The queue makes one job for each tick, so its id names the slot.
        slot = f"{data.schedule_id} {job.id}"
        written = await self.slots.fill(data.schedule_id, slot, job.enqueued_at)
        await self.publishing.enqueue(written.publications)
        learn = GenerateEmbedding(content_id=written.post.id, text=written.post.content)
        await self.queue.enqueue(EmbeddingJobs.generate(learn), key=written.post.id)
        return written.post.id

    async def plan(self, row: Schedule) -> ScheduleInfo:
        """Let the slots of a schedule be filled by the clock; again is no change.

        Raises:
            InvalidOption: Its crontab line or time zone cannot be one.
        """
        call = ScheduleJobs.fill(
            FillSlot(schedule_id=row.id, brand_profile_id=row.brand_profile_id)
        )
        return await self.schedules.put(row.id, call, cron=row.cron, tz=row.tz)

    @cron("*/5 * * * *", overlap=False)
    @job(name="schedule-sweep", attempts=1)
    async def sweep(self) -> None:
        """Give each row its clock, and take those away that have no row.

        A worker, Redis or the app may end between the one and the other.
        """
        rows = {row.id: row for row in await self.slots.all()}
        infos = await self.schedules.list("schedule")
        planned = {info.name for info in infos if info.source == "runtime"}
        for id_ in rows.keys() - planned:
            await self.plan(rows[id_])
        for id_ in planned - rows.keys():
            with suppress(UnknownSchedule):
                await self.schedules.remove("schedule", id_)

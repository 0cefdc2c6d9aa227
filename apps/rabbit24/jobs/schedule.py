"""The ``schedule`` queue."""

from __future__ import annotations

from dataclasses import dataclass

from hutch import Inject, intercept
from hutch_queue import JobContext, Queue, exponential, injected, job, processor
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.final import FINAL
from rabbit24.jobs.news import News
from rabbit24.jobs.publish import PublishJobs
from rabbit24.jobs.waiting import SnoozeWhenTold
from rabbit24.schemas import FillSlot, GenerateEmbedding
from rabbit24.services.schedules import Slots


@processor("schedule", concurrency=5)
@dataclass
class ScheduleJobs:
    """Writes and approves the posts of slots."""

    queue: Queue
    slots: Slots
    publishing: PublishJobs

    @job(name="fill-slot", attempts=3, backoff=exponential(1), no_retry=FINAL)
    @intercept(SnoozeWhenTold, News)
    async def fill(self, data: FillSlot, job: Inject[JobContext] = injected) -> str:
        """Write and approve the post of a slot, and return its id. Run twice it is one post."""
        # The queue makes one job for each tick, so its id names the slot.
        slot = f"{data.schedule_id} {job.id}"
        written = await self.slots.fill(data.schedule_id, slot, job.enqueued_at)
        await self.publishing.enqueue(written.publications)
        learn = GenerateEmbedding(content_id=written.post.id, text=written.post.content)
        await self.queue.enqueue(EmbeddingJobs.generate(learn), key=written.post.id)
        return written.post.id

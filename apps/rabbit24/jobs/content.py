"""The ``content:analyze`` queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hutch import intercept
from hutch_queue import Queue, cron, exponential, job, processor
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.final import FINAL
from rabbit24.jobs.news import News
from rabbit24.models import FileType, Material, MaterialStatus
from rabbit24.schemas import AnalyzeContent, GenerateEmbedding
from rabbit24.services.brands import Brands
from rabbit24.services.materials import Materials

PATIENCE = timedelta(minutes=1)
DAY = timedelta(days=1)


@processor("content:analyze", concurrency=5)
@dataclass
class ContentJobs:
    """Finds out what uploaded files are."""

    queue: Queue
    materials: Materials
    brands: Brands

    @job(name="analyze-content", attempts=3, backoff=exponential(1), no_retry=FINAL)
    @intercept(News)
    async def analyze(self, data: AnalyzeContent) -> str:
        """Extract a file's metadata, and return the material's status."""
        found = await self.materials.analyze(data.material_id, data.file_url, data.file_type)
        if found.status is MaterialStatus.ANALYZED and found.kind is FileType.IMAGE:
            learn = GenerateEmbedding(content_id=found.id, image_url=found.file)
            await self.queue.enqueue(EmbeddingJobs.generate(learn), key=found.id)
        return found.status.value

    @cron("*/5 * * * *", overlap=False)
    @job(name="content-sweep", attempts=1)
    async def sweep(self) -> None:
        """Enqueue again what was uploaded and not analyzed, whatever stopped it, for a day."""
        await self.materials.give_up(DAY)
        for material in await self.materials.waiting(PATIENCE):
            brand = await self.brands.config(material.brand_profile_id)
            await self.enqueue(material, brand.user_id)

    async def enqueue(self, material: Material, user_id: str | None) -> None:
        """Enqueue the analysis of a material; while it waits there is no second.

        Raises:
            QueueUnavailable: The sweep does it when the queue is back.
        """
        data = AnalyzeContent(
            material_id=material.id,
            user_id=user_id or "",
            file_url=material.file,
            file_type=material.kind,
        )
        await self.queue.enqueue(ContentJobs.analyze(data), key=material.id)

"""The ``content:analyze`` queue."""

from __future__ import annotations

from dataclasses import dataclass

from hutch import intercept
from hutch_queue import Queue, exponential, job, processor
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.final import FINAL
from rabbit24.jobs.news import News
from rabbit24.models import FileType, MaterialStatus
from rabbit24.schemas import AnalyzeContent, GenerateEmbedding
from rabbit24.services.materials import Materials


@processor("content:analyze", concurrency=5)
@dataclass
class ContentJobs:
    """Finds out what uploaded files are."""

    queue: Queue
    materials: Materials

    @job(name="analyze-content", attempts=3, backoff=exponential(1), no_retry=FINAL)
    @intercept(News)
    async def analyze(self, data: AnalyzeContent) -> str:
        """Extract a file's metadata, and return the material's status."""
        found = await self.materials.analyze(data.material_id, data.file_url, data.file_type)
        if found.status is MaterialStatus.ANALYZED and found.kind is FileType.IMAGE:
            learn = GenerateEmbedding(content_id=found.id, image_url=found.file)
            await self.queue.enqueue(EmbeddingJobs.generate(learn), key=found.id)
        return found.status.value

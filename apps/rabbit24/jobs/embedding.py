"""The ``embedding:generate`` queue."""

from __future__ import annotations

from dataclasses import dataclass

from hutch import intercept
from hutch_queue import exponential, job, processor
from kit.platforms import SnoozeWhenTold
from rabbit24.jobs.final import FINAL
from rabbit24.schemas import GenerateEmbedding
from rabbit24.services.errors import Missing
from rabbit24.services.likeness import Likeness
from rabbit24.services.materials import Materials
from rabbit24.services.posts import Posts


@processor("embedding:generate", concurrency=5)
@dataclass
class EmbeddingJobs:
    """Makes vectors of posts and pictures."""

    likeness: Likeness
    posts: Posts
    materials: Materials

    @job(name="generate-embedding", attempts=3, backoff=exponential(1), no_retry=FINAL)
    @intercept(SnoozeWhenTold)
    async def generate(self, data: GenerateEmbedding) -> None:
        """Store the vector by which near duplicates are found."""
        brand = await self._brand(data.content_id)
        await self.likeness.learn(data.content_id, brand, data.text, data.image_url)

    async def _brand(self, content_id: str) -> str:
        try:
            return (await self.posts.get(content_id)).post.brand_profile_id
        except Missing:
            return (await self.materials.get(content_id)).brand_profile_id

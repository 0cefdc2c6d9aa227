"""Posts over HTTP: write, approve, read, measure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from hutch import Inject
from hutch.http import Path, Query, controller, get, guard, post
from hutch_auth import CurrentUser, LoggedIn
from hutch_queue import Queue, QueueUnavailable
from rabbit24.asked import NewPost
from rabbit24.jobs.analytics import AnalyticsJobs
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.publish import PublishJobs
from rabbit24.schemas import ID, GenerateEmbedding
from rabbit24.services.brands import Brands
from rabbit24.services.likeness import Likeness
from rabbit24.services.materials import Materials
from rabbit24.services.metrics import Measuring
from rabbit24.services.posts import Draft, Posts, Written
from rabbit24.views import MetricView, PostView, SimilarView

PostId = Annotated[str, Path(pattern=ID)]


@guard(LoggedIn)
@controller("/api/posts")
@dataclass
class PostsController:
    """Write posts and approve them for publishing."""

    queue: Queue
    brands: Brands
    posts: Posts
    materials: Materials
    likeness: Likeness
    measuring: Measuring
    publishing: PublishJobs
    analytics: AnalyticsJobs

    @post("/", status=201)
    async def write(self, new: NewPost, user: Inject[CurrentUser]) -> PostView:
        """Write a draft; what a chosen account would not take is refused."""
        await self.brands.of_user(user, new.brand_profile_id)
        await self.materials.check(new.brand_profile_id, new.media)
        written = await self.posts.write(
            Draft(new.brand_profile_id, new.content, new.media, new.account_ids)
        )
        learn = GenerateEmbedding(content_id=written.post.id, text=new.content)
        # Without a vector the post is only not found as a duplicate.
        with suppress(QueueUnavailable):
            await self.queue.enqueue(EmbeddingJobs.generate(learn), key=written.post.id)
        return PostView.of(written)

    @post("/{post_id}/approve", status=202)
    async def approve(self, post_id: PostId, user: Inject[CurrentUser]) -> PostView:
        """Approve a post; it is published as soon as a worker takes it.

        The approval is in the database before the job is in the queue. Is the queue
        away, the sweep enqueues the job when it is back.
        """
        await self._mine(user, post_id)
        approved = await self.posts.approve(post_id)
        await self.publishing.enqueue_approved(approved)
        return PostView.of(approved)

    @get("/{post_id}")
    async def read(self, post_id: PostId, user: Inject[CurrentUser]) -> PostView:
        """Read a post and where it stands."""
        return PostView.of(await self._mine(user, post_id))

    @get("/")
    async def of_brand(
        self,
        user: Inject[CurrentUser],
        brand_profile_id: Annotated[str, Query(alias="brandProfileId", pattern=ID)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> list[PostView]:
        """List a brand's posts, newest first."""
        await self.brands.of_user(user, brand_profile_id)
        found = await self.posts.of_brands([brand_profile_id], limit)
        return [PostView.of(written) for written in found]

    @get("/{post_id}/similar")
    async def similar(self, post_id: PostId, user: Inject[CurrentUser]) -> list[SimilarView]:
        """List the brand's posts that say nearly the same."""
        post = (await self._mine(user, post_id)).post
        found = await self.likeness.similar(post.brand_profile_id, post.content, but=post.id)
        return [SimilarView(post_id=match.id, score=round(match.score, 4)) for match in found]

    @get("/{post_id}/analytics")
    async def figures(self, post_id: PostId, user: Inject[CurrentUser]) -> list[MetricView]:
        """Read what people made of a post, by account."""
        await self._mine(user, post_id)
        return [MetricView.of(metric) for metric in await self.measuring.of_post(post_id)]

    @post("/{post_id}/analytics", status=202)
    async def measure(self, post_id: PostId, user: Inject[CurrentUser]) -> int:
        """Let a post be measured now; return on how many accounts."""
        await self._mine(user, post_id)
        due = await self.measuring.due(post_id)
        await self.analytics.enqueue(due)
        return len(due)

    async def _mine(self, user: CurrentUser, post_id: str) -> Written:
        written = await self.posts.get(post_id)
        await self.brands.of_user(user, written.post.brand_profile_id, f"post {post_id!r}")
        return written

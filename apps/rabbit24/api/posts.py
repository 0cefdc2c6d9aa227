"""Posts over HTTP: write, approve, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import structlog

from hutch import Inject
from hutch.http import Path, Query, Unprocessable, controller, get, guard, post
from hutch_auth import OPERATOR, RequireRole
from hutch_queue import Queue, QueueUnavailable
from kit.platforms import weighted_length
from rabbit24.jobs.publish import PublishJobs, key_of
from rabbit24.models import Post, PublicationState
from rabbit24.schemas import ID, NewPost, PostView, PublishPost
from rabbit24.services.posts import Posts

LIMIT = 280

PostId = Annotated[str, Path(pattern=ID)]

_log = structlog.get_logger(__name__)


@guard(RequireRole(OPERATOR))
@controller("/api/posts")
@dataclass
class PostsController:
    """Write posts and approve them for publishing."""

    queue: Queue

    @post("/", status=201)
    async def write(self, new: NewPost, posts: Inject[Posts]) -> PostView:
        """Write a draft."""
        length = weighted_length(new.content)
        if length > LIMIT:
            raise Unprocessable(
                f"content counts {length} characters on X, {length - LIMIT} more than the "
                f"{LIMIT} it takes; shorten it."
            )
        return PostView.of(await posts.write(new.brand_profile_id, new.content))

    @post("/{post_id}/approve", status=202)
    async def approve(self, post_id: PostId, posts: Inject[Posts]) -> PostView:
        """Approve a post; it is published as soon as a worker takes it.

        The approval is in the database before the job is in the queue. Is the queue
        away, the sweep enqueues the job when it is back.
        """
        approved = await posts.approve(post_id)
        await self._enqueue(approved)
        return PostView.of(approved)

    @get("/{post_id}")
    async def read(self, post_id: PostId, posts: Inject[Posts]) -> PostView:
        """Read a post and where it stands."""
        return PostView.of(await posts.get(post_id))

    @get("/")
    async def of_brand(
        self,
        posts: Inject[Posts],
        brand_profile_id: Annotated[str, Query(alias="brandProfileId", pattern=ID)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> list[PostView]:
        """List a brand's posts, newest first."""
        return [PostView.of(found) for found in await posts.of_brand(brand_profile_id, limit)]

    async def _enqueue(self, approved: Post) -> None:
        new = (p for p in approved.publications if p.state is PublicationState.PENDING)
        try:
            for publication in new:
                data = PublishPost.of(approved, publication.social_account_id)
                await self.queue.enqueue(PublishJobs.publish_post(data), key=key_of(data))
        except QueueUnavailable:
            _log.warning("approved post waits for the sweep", post=approved.id)

"""Posts over HTTP: read, take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hutch.http import Path, Query, controller, delete, get, guard
from hutch_auth import OPERATOR, RequireRole
from xbot.models import PostStatus
from xbot.schemas import ID, PostView
from xbot.services.posts import Posts

PostId = Annotated[str, Path(pattern=ID)]


@guard(RequireRole(OPERATOR))
@controller("/api/posts")
@dataclass
class PostsController:
    """Texts with their time."""

    posts: Posts

    @get("/")
    async def all(
        self,
        status: Annotated[PostStatus | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
    ) -> list[PostView]:
        """List posts: those that wait by priority and time, others newest first."""
        return await self.posts.views(status, limit)

    @get("/{post_id}")
    async def read(self, post_id: PostId) -> PostView:
        """Read a post and where it stands."""
        return await self.posts.view(post_id)

    @delete("/{post_id}", status=204)
    async def cancel(self, post_id: PostId) -> None:
        """Take a waiting post back."""
        await self.posts.cancel(post_id)

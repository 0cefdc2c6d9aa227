"""Posts: write, approve, read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update

from hutch_database import Session
from rabbit24.models import Post, PostStatus, Publication, PublicationState
from rabbit24.services.accounts import Accounts


class PostNotFound(LookupError):
    """There is no post of this id."""


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts, inside one request's transaction."""

    session: Session
    accounts: Accounts

    async def write(self, brand_profile_id: str, content: str) -> Post:
        """Write a draft."""
        now = datetime.now(UTC)
        post = Post(brand_profile_id=brand_profile_id, content=content, created_at=now)
        post.publications = []
        self.session.add(post)
        await self.session.flush()
        return post

    async def approve(self, post_id: str) -> Post:
        """Approve a post for every connected account and commit; again is no change.

        Raises:
            PostNotFound: There is none of this id.
        """
        now = datetime.now(UTC)
        # Of two who approve at once, only one may make the publications.
        turned = await self.session.scalar(
            update(Post)
            .where(Post.id == post_id, Post.status == PostStatus.DRAFT)
            .values(status=PostStatus.APPROVED, approved_at=now)
            .returning(Post.id)
        )
        if turned is not None:
            self.session.add_all(self._publications(post_id, now))
        await self.session.commit()
        return await self.get(post_id)

    async def get(self, post_id: str) -> Post:
        """Read a post.

        Raises:
            PostNotFound: There is none of this id.
        """
        post = await self.session.get(Post, post_id)
        if post is None:
            raise PostNotFound(f"There is no post {post_id!r}.")
        return post

    async def of_brand(self, brand_profile_id: str, limit: int) -> list[Post]:
        """List a brand's posts, newest first."""
        found = await self.session.scalars(
            select(Post)
            .where(Post.brand_profile_id == brand_profile_id)
            .order_by(Post.created_at.desc(), Post.id)
            .limit(limit)
        )
        return list(found)

    def _publications(self, post_id: str, now: datetime) -> Iterator[Publication]:
        for account, platform in self.accounts.connected():
            yield Publication(
                post_id=post_id,
                social_account_id=account,
                platform=platform,
                state=PublicationState.PENDING,
                since=now,
                updated_at=now,
            )

"""Posts: write, approve, read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

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
        post = await self.get(post_id)
        if post.status is PostStatus.DRAFT:
            now = datetime.now(UTC)
            post.status, post.approved_at = PostStatus.APPROVED, now
            post.publications = [
                Publication(
                    social_account_id=account,
                    platform=platform,
                    state=PublicationState.PENDING,
                    updated_at=now,
                )
                for account, platform in self.accounts.connected()
            ]
        await self.session.commit()
        return post

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

"""Posting: one text goes out once, whoever is at it and however often."""

from __future__ import annotations

from dataclasses import dataclass

from hutch_lock import Contents, DuplicateContent, InProgress
from kit.platforms import NeedsReauth, Published
from kit.publishing import (
    Deferred,
    Outgoing,
    PublicationNotFound,
    Publications,
    PublicationState,
    Publisher,
)
from xbot.models import ACCOUNT, Post
from xbot.schemas import TweetData
from xbot.services.account import StoredAccount
from xbot.services.errors import PostFailed
from xbot.services.posts import Posts


@dataclass(frozen=True, slots=True)
class Posting:
    """Brings posts to X. Hold the lock ``lock:posting_in_progress``."""

    contents: Contents
    posts: Posts
    publications: Publications
    publisher: Publisher
    account: StoredAccount

    async def post(self, post: Post) -> TweetData:
        """Publish a post, or return what it became when it was.

        Raises:
            DuplicateContent: The same content was posted.
            InProgress: It is on its way elsewhere.
            Snooze: It has to wait for an instant.
            TryLater: X was not reached.
            PostFailed: A person has to help.
            NeedsReauth: No account is connected, or it has to be connected again.
            Refused: It waits no more.
        """
        try:
            await self.contents.run(post.text, lambda: self._send(post))
        except (DuplicateContent, InProgress):
            # A worker may have died between the post and its note of it.
            if not await self._is_published(post):
                raise
        return await self.tweet(post)

    async def tweet(self, post: Post) -> TweetData:
        """Return what a published post is on X."""
        publication = await self.publications.get(post.id, ACCOUNT)
        assert publication.remote_post_id is not None
        assert publication.remote_url is not None
        return TweetData(
            id=publication.remote_post_id,
            post_id=post.id,
            text=post.text,
            topic=post.topic,
            tags=tuple(post.tags),
            url=publication.remote_url,
            posted_at=publication.updated_at,
        )

    async def _send(self, post: Post) -> Published:
        """Publish; whatever keeps it from that is raised, so that the content is free again."""
        await self.posts.plan(post, await self.account.get(ACCOUNT))
        outcome = await self.publisher.publish(Outgoing(post.id, ACCOUNT, post.text))
        if isinstance(outcome, Deferred):
            raise outcome.snooze()
        if outcome is None:
            publication = await self.publications.get(post.id, ACCOUNT)
            reason = publication.error or publication.state.value
            waits = publication.state is PublicationState.NEEDS_REAUTH
            raise NeedsReauth(reason) if waits else PostFailed(reason)
        return outcome

    async def _is_published(self, post: Post) -> bool:
        try:
            publication = await self.publications.get(post.id, ACCOUNT)
        except PublicationNotFound:
            return False
        return publication.state is PublicationState.PUBLISHED

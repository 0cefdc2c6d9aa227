"""Scheduling: a draft gets its time, and its job with it in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError

from hutch_database import Database
from hutch_outbox import Outbox
from xbot.jobs.pending import PendingJobs
from xbot.models import Post
from xbot.schemas import Draft, NewSchedule, PendingPost
from xbot.services.drafts import Drafts
from xbot.services.errors import Missing
from xbot.services.posts import Posts


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Schedules drafts."""

    database: Database
    outbox: Outbox
    drafts: Drafts
    posts: Posts

    async def schedule(self, draft_id: str, new: NewSchedule) -> Post:
        """Schedule a draft, once: who asks again gets the post that it became.

        Raises:
            Missing: There is no such draft, or its hour is over.
            Refused: The same content waits, or was posted in the last seven days.
        """
        try:
            draft = await self.drafts.get(draft_id)
        except Missing as error:
            return await self._known(draft_id, error)
        try:
            post = await self._write(draft, new)
        except IntegrityError:  # Somebody was quicker by a moment.
            post = await self.posts.get(draft_id)
        await self.drafts.drop(draft_id)
        return post

    async def _write(self, draft: Draft, new: NewSchedule) -> Post:
        async with self.database.session() as session:
            at = new.at or datetime.now(UTC)
            post = await self.posts.schedule(session, draft, at, new.priority)
            call = PendingJobs.post(PendingPost(post_id=post.id))
            await self.outbox.enqueue(
                session, call, key=post.id, at=post.scheduled_for, priority=post.priority
            )
        return post

    async def _known(self, draft_id: str, no_draft: Missing) -> Post:
        try:
            return await self.posts.get(draft_id)
        except Missing:
            raise no_draft from None

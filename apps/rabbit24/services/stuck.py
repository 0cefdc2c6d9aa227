"""Which publications made no progress, whatever stopped them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select

from hutch_database import Database
from rabbit24.models import Post, Publication
from rabbit24.models import PublicationState as State
from rabbit24.schemas import PublishPost
from rabbit24.services.publications import WAITING
from rabbit24.settings import Rabbit24Settings

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Stuck:
    """Finds publications whose jobs are lost or dead."""

    database: Database
    settings: Rabbit24Settings

    async def find(self) -> list[PublishPost]:
        """List the jobs of up to 500 approved posts that should be under way, oldest first."""
        now = datetime.now(UTC)
        quiet_since = now - timedelta(seconds=self.settings.sweep_after)
        quiet = Publication.updated_at < quiet_since
        due = or_(Publication.not_before.is_(None), Publication.not_before < quiet_since)
        waiting = and_(Publication.state.in_((*WAITING, State.UNKNOWN)), due)
        lease_end = now - timedelta(seconds=self.settings.sending_lease)
        lost = and_(Publication.state == State.SENDING, Publication.since < lease_end)
        query = (
            select(Publication.social_account_id, Post)
            .join(Post, Publication.post_id == Post.id)
            .where(quiet, or_(waiting, lost))
            .order_by(Publication.updated_at)
            .limit(AT_ONCE)
        )
        async with self.database.session() as session:
            rows = (await session.execute(query)).all()
        return [PublishPost.of(post, account) for account, post in rows]

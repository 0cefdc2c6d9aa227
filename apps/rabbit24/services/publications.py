"""Publications: the steps of the state machine, each one transaction.

Every step says in which states it may be taken and compares them in the update
itself, so of two workers at most one takes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from hutch_database import Database
from kit.platforms import Published
from rabbit24.models import Post, Publication, new_id
from rabbit24.models import PublicationState as State
from rabbit24.schemas import PublishPost

WAITING = (State.PENDING, State.PREPARED, State.DEFERRED)


class PublicationNotFound(LookupError):
    """Nobody approved this post for this account."""


@dataclass(frozen=True, slots=True)
class Publications:
    """The publication rows."""

    database: Database

    async def get(self, post_id: str, social_account_id: str) -> Publication:
        """Read the publication of a post on an account.

        Raises:
            PublicationNotFound: The post was not approved for the account.
        """
        async with self.database.session() as session:
            found = await session.scalar(
                select(Publication).where(
                    Publication.post_id == post_id,
                    Publication.social_account_id == social_account_id,
                )
            )
        if found is None:
            raise PublicationNotFound(
                f"The post {post_id!r} is not approved for the account {social_account_id!r}."
            )
        return found

    async def claim(self, publication: Publication) -> str | None:
        """Move a waiting publication to SENDING; return the attempt's id, None if another did."""
        attempt = new_id()
        prepared = await self._move(
            publication, WAITING, State.PREPARED, values={"not_before": None}
        )
        if not prepared:
            return None
        sending: dict[str, Any] = {"attempt_id": attempt, "sending_since": datetime.now(UTC)}
        sent = await self._move(publication, (State.PREPARED,), State.SENDING, values=sending)
        return attempt if sent else None

    async def published(
        self, publication: Publication, attempt: str | None, post: Published
    ) -> None:
        """Keep the platform's id of the post."""
        values = {"remote_post_id": post.id, "remote_url": post.url, "error": None}
        await self._end(publication, attempt, State.PUBLISHED, **values)

    async def released(self, publication: Publication, attempt: str | None, error: str) -> None:
        """Take a publication back to PENDING: nothing reached the platform."""
        await self._end(publication, attempt, State.PENDING, error=error, sending_since=None)

    async def deferred(
        self, publication: Publication, attempt: str | None, until: datetime, error: str
    ) -> None:
        """Let a publication wait for an instant."""
        await self._end(publication, attempt, State.DEFERRED, error=error, not_before=until)

    async def unknown(self, publication: Publication, attempt: str | None, error: str) -> None:
        """Note that nobody knows whether the platform has the post."""
        await self._end(publication, attempt, State.UNKNOWN, error=error)

    async def failed(
        self, publication: Publication, attempt: str | None, state: State, error: str
    ) -> None:
        """Give a publication to a person."""
        await self._end(publication, attempt, state, error=error)

    async def is_held(self, remote_post_id: str) -> bool:
        """Tell whether some publication is already this post on the platform."""
        query = select(Publication.id).where(Publication.remote_post_id == remote_post_id)
        async with self.database.session() as session:
            return await session.scalar(query) is not None

    async def stuck(self, untouched: timedelta, lease: timedelta) -> list[PublishPost]:
        """List approved posts that made no progress for a while.

        Args:
            untouched: For how long nothing happened.
            lease: For how long a post may be on its way to the platform.
        """
        now = datetime.now(UTC)
        quiet = Publication.updated_at < now - untouched
        due = or_(Publication.not_before.is_(None), Publication.not_before <= now)
        waiting = and_(Publication.state.in_((*WAITING, State.UNKNOWN)), due)
        lost = and_(Publication.state == State.SENDING, Publication.sending_since < now - lease)
        query = (
            select(Publication.social_account_id, Post)
            .join(Post, Publication.post_id == Post.id)
            .where(quiet, or_(waiting, lost))
            .order_by(Publication.updated_at)
            .limit(500)
        )
        async with self.database.session() as session:
            rows = (await session.execute(query)).all()
        return [payload_of(post, account) for account, post in rows]

    async def _end(
        self, publication: Publication, attempt: str | None, to: State, **values: Any
    ) -> None:
        unfinished = tuple(state for state in State if state is not State.PUBLISHED)
        await self._move(publication, unfinished, to, attempt, values=values)

    async def _move(
        self,
        publication: Publication,
        states: Iterable[State],
        to: State,
        attempt: str | None = None,
        *,
        values: dict[str, Any],
    ) -> bool:
        statement = (
            update(Publication)
            .where(Publication.id == publication.id, Publication.state.in_(tuple(states)))
            .values(state=to, updated_at=datetime.now(UTC), **values)
        )
        if attempt is not None:
            statement = statement.where(Publication.attempt_id == attempt)
        async with self.database.session() as session:
            result = await session.connection()
            done = await result.execute(statement)
        return done.rowcount == 1


def payload_of(post: Post, social_account_id: str) -> PublishPost:
    """Make the job's payload of an approved post."""
    return PublishPost(
        post_id=post.id,
        brand_profile_id=post.brand_profile_id,
        social_account_id=social_account_id,
        content=post.content,
    )

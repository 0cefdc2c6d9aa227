"""Publications: the steps of the state machine, each one transaction.

Every step says in which states it may be taken and compares them in the update
itself, so of two workers at most one takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from hutch_database import Database, UtcDateTime
from kit.platforms import Published
from rabbit24.models import Publication, new_id
from rabbit24.models import PublicationState as State

WAITING = (State.PENDING, State.PREPARED, State.DEFERRED)
IN_FLIGHT = (State.SENDING, State.UNKNOWN)
UNPUBLISHED = tuple(state for state in State if state is not State.PUBLISHED)


class PublicationNotFound(LookupError):
    """Nobody approved this post for this account."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The right to send a post once.

    Attributes:
        since: When the lease begins, in UTC.
    """

    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Publications:
    """The publication rows.

    Where a method takes an attempt's id, it changes nothing once another attempt has
    begun, or the attempt's own fate is settled.
    """

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

    async def claim(self, publication: Publication) -> Attempt | None:
        """Move a waiting publication to SENDING; None if another worker did."""
        if not await self._move(publication, State.PREPARED, _is_in(*WAITING)):
            return None
        attempt = Attempt(new_id(), datetime.now(UTC))
        sent = await self._move(
            publication,
            State.SENDING,
            _is_in(State.PREPARED),
            attempt_id=attempt.id,
            since=attempt.since,
            first_sent_at=func.coalesce(
                Publication.first_sent_at, literal(attempt.since, UtcDateTime())
            ),
        )
        return attempt if sent else None

    async def published(self, publication: Publication, post: Published) -> bool:
        """Keep the platform's id of the post, whichever attempt brought it there.

        Returns:
            False where the post is another publication's.
        """
        remote = {"remote_post_id": post.id, "remote_url": post.url, "error": None}
        try:
            await self._move(publication, State.PUBLISHED, _is_in(*UNPUBLISHED), **remote)
        except IntegrityError:
            return False
        return True

    async def released(self, publication: Publication, attempt: str | None, error: str) -> None:
        """Take a publication back to PENDING: nothing reached the platform."""
        await self._end(publication, State.PENDING, attempt, error=error)

    async def deferred(
        self, publication: Publication, attempt: str | None, until: datetime, error: str
    ) -> None:
        """Let a publication wait for an instant: nothing reached the platform."""
        await self._end(publication, State.DEFERRED, attempt, error=error, not_before=until)

    async def unknown(
        self,
        publication: Publication,
        attempt: str | None,
        look_at: datetime,
        error: str,
        *,
        duplicate: bool = False,
    ) -> None:
        """Note that nobody knows whether the platform has the post.

        It is looked up at ``look_at``; ``duplicate`` says that the platform refused the
        post because it has the text already.
        """
        await self._end(
            publication,
            State.UNKNOWN,
            attempt,
            error=error,
            not_before=look_at,
            refused_as_duplicate=duplicate,
        )

    async def look_again(self, publication: Publication, at: datetime) -> None:
        """Let the look-up of an UNKNOWN publication wait for an instant."""
        await self._end(
            publication,
            State.UNKNOWN,
            publication.attempt_id,
            since=Publication.since,
            not_before=at,
        )

    async def failed(
        self, publication: Publication, attempt: str | None, state: State, error: str
    ) -> None:
        """Give a publication to a person."""
        await self._end(publication, state, attempt, error=error)

    async def _end(
        self, publication: Publication, to: State, attempt: str | None, **values: Any
    ) -> None:
        condition = _is_in(*IN_FLIGHT) & (Publication.attempt_id == attempt)
        await self._move(publication, to, condition, **values)

    async def _move(
        self, publication: Publication, to: State, condition: ColumnElement[bool], **values: Any
    ) -> bool:
        now = datetime.now(UTC)
        usual = {"state": to, "since": now, "updated_at": now, "not_before": None}
        statement = (
            update(Publication)
            .where(Publication.id == publication.id, condition)
            .values(usual | values)
        )
        async with self.database.session() as session:
            connection = await session.connection()
            result = await connection.execute(statement)
        return result.rowcount == 1


def _is_in(*states: State) -> ColumnElement[bool]:
    return Publication.state.in_(states)

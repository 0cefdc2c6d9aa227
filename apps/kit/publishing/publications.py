"""Publications: the steps of the state machine, each one transaction.

Every step says in which states it may be taken and compares them in the update
itself, so of two workers at most one takes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from hutch_database import Database, Session, UtcDateTime
from kit.columns import new_id
from kit.platforms import Published
from kit.publishing.errors import PublicationNotFound
from kit.publishing.models import Publication
from kit.publishing.models import PublicationState as State
from kit.publishing.port import Account

WAITING = (State.PENDING, State.PREPARED, State.DEFERRED)
IN_FLIGHT = (State.SENDING, State.UNKNOWN)
MAY_BE = "It may be published"
"""How the error of one begins that was sent, and whose fate nobody knows."""
UNPUBLISHED = tuple(state for state in State if state is not State.PUBLISHED)


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
    begun, or the attempt's own fate is settled. None stands for a turn that has not
    begun to send: then nothing is changed once one has.
    """

    database: Database

    async def plan(
        self, session: Session, post_id: str, accounts: Iterable[Account]
    ) -> list[Publication]:
        """Add a PENDING publication for each account, in the session's own transaction."""
        now = datetime.now(UTC)
        planned = [
            Publication(
                post_id=post_id,
                account_id=account.id,
                network=account.network,
                state=State.PENDING,
                since=now,
                updated_at=now,
            )
            for account in accounts
        ]
        session.add_all(planned)
        await session.flush()
        return planned

    async def of_posts(self, session: Session, posts: Iterable[str]) -> list[Publication]:
        """List the publications of posts, by network and account."""
        found = await session.scalars(
            select(Publication)
            .where(Publication.post_id.in_(list(posts)))
            .order_by(Publication.network, Publication.account_id)
            .execution_options(populate_existing=True)
        )
        return list(found)

    async def withdraw(self, session: Session, publication: Publication) -> bool:
        """Remove a publication in the session's own transaction, unless it may be published."""
        unsent = _is_in(*WAITING) & Publication.attempt_id.is_(None)
        refused = _is_in(State.NEEDS_REAUTH) & ~_may_be_published()
        removed = await session.scalar(
            delete(Publication)
            .where(Publication.id == publication.id, unsent | refused)
            .returning(Publication.id)
        )
        return removed is not None

    async def get(self, post_id: str, account_id: str) -> Publication:
        """Read the publication of a post on an account.

        Raises:
            PublicationNotFound: The post was not approved for the account.
        """
        async with self.database.session() as session:
            found = await session.scalar(
                select(Publication).where(
                    Publication.post_id == post_id, Publication.account_id == account_id
                )
            )
        if found is None:
            raise PublicationNotFound(
                f"The post {post_id!r} is not approved for the account {account_id!r}."
            )
        return found

    async def prepared(self, publication: Publication, media: Iterable[str]) -> bool:
        """Keep what a waiting publication's media are known by; False if it was begun."""
        return await self._move(
            publication,
            State.PREPARED,
            _mine(publication, None),
            prepared=json.dumps(list(media)),
            prepared_at=datetime.now(UTC),
        )

    async def claim(self, publication: Publication, media: Iterable[str]) -> Attempt | None:
        """Move a publication to SENDING; None if others have begun, or prepared other media."""
        attempt = Attempt(new_id(), datetime.now(UTC))
        same = Publication.prepared == json.dumps(list(media))
        sent = await self._move(
            publication,
            State.SENDING,
            _mine(publication, None) & same,
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

    async def released(
        self, publication: Publication, attempt: str | None, error: str, *, spoiled: bool = False
    ) -> None:
        """Take a publication back to PENDING: nothing reached the platform.

        ``spoiled`` says that what was prepared cannot be used any more.
        """
        forgotten = {"prepared": None, "prepared_at": None} if spoiled else {}
        await self._end(publication, State.PENDING, attempt, error=error, **forgotten)

    async def deferred(
        self, publication: Publication, attempt: str | None, until: datetime, error: str | None
    ) -> None:
        """Let a publication wait for an instant: nothing reached the platform."""
        values = {"error": error, "not_before": until, "sweeps": 0}
        await self._end(publication, State.DEFERRED, attempt, **values)

    async def unknown(
        self,
        publication: Publication,
        attempt: str | None,
        look_at: datetime,
        error: str,
        *,
        duplicate_of: str | None = None,
    ) -> None:
        """Note that nobody knows whether the platform has the post.

        It is looked up at ``look_at``. ``duplicate_of`` says that the platform refused the
        post because it has the text already, and which post it named, if any.
        """
        await self._end(
            publication,
            State.UNKNOWN,
            attempt,
            error=error,
            not_before=look_at,
            refused_as_duplicate=duplicate_of is not None,
            named_post_id=duplicate_of or "",
        )

    async def look_again(self, publication: Publication, at: datetime) -> None:
        """Let the look-up of an UNKNOWN publication wait for an instant."""
        attempt = publication.attempt_id
        await self._end(publication, State.UNKNOWN, attempt, since=Publication.since, not_before=at)

    async def failed(
        self, publication: Publication, attempt: str | None, state: State, error: str
    ) -> None:
        """Give a publication to a person."""
        await self._end(publication, state, attempt, error=error)

    async def reopen(self, account_id: str, lately: timedelta) -> None:
        """Let what waits for an account go on, now that it is connected again.

        It is PENDING again; what may be published is looked up first.

        Args:
            account_id: The account.
            lately: How long it may have waited; what did for longer is left as it is.
        """
        mine = Publication.account_id == account_id
        waits = mine & _is_in(State.NEEDS_REAUTH) & (Publication.since > datetime.now(UTC) - lately)
        sent, now = _may_be_published(), datetime.now(UTC)
        async with self.database.session() as session:
            for which, state in ((sent, State.UNKNOWN), (~sent, State.PENDING)):
                opened = {"state": state, "since": now, "sweeps": 0}
                await session.execute(update(Publication).where(waits, which).values(opened))

    async def _end(
        self, publication: Publication, to: State, attempt: str | None, **values: Any
    ) -> None:
        await self._move(publication, to, _mine(publication, attempt), **values)

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


def _mine(publication: Publication, attempt: str | None) -> ColumnElement[bool]:
    if attempt is not None:
        return _is_in(*IN_FLIGHT) & (Publication.attempt_id == attempt)
    # Nobody has begun to send since the row was read.
    return _is_in(*WAITING) & Publication.attempt_id.is_not_distinct_from(publication.attempt_id)


def _may_be_published() -> ColumnElement[bool]:
    return func.coalesce(Publication.error, "").startswith(MAY_BE)


def _is_in(*states: State) -> ColumnElement[bool]:
    return Publication.state.in_(states)

"""Publishing: bring a post to its platform exactly once, though its job may run twice.

SENDING is committed before the platform is called. Whoever finds a publication in
SENDING after its lease, or gets no answer, does not send again: the post is looked
up, and only when the platform does not show it after a while is it sent once more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    ProbablyDuplicate,
    Published,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
    XClient,
)
from rabbit24.models import Publication
from rabbit24.models import PublicationState as State
from rabbit24.schemas import PublishPost
from rabbit24.services.accounts import Accounts
from rabbit24.services.publications import Attempt, Publications
from rabbit24.services.reconciling import FIRST_LOOK, Reconciler
from rabbit24.services.turns import Deferred, TryLater
from rabbit24.settings import Rabbit24Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes posts."""

    publications: Publications
    reconciler: Reconciler
    accounts: Accounts
    x: XClient
    settings: Rabbit24Settings

    async def publish(self, data: PublishPost) -> Published | Deferred | None:
        """Publish a post on one account; once it is, publishing it again changes nothing.

        Returns:
            The post on the platform; when to try again; None where a person has to help.

        Raises:
            TryLater: The platform was not reached, or another worker was quicker.
            PublicationNotFound: The post was not approved for the account.
        """
        now = datetime.now(UTC)
        publication = await self.publications.get(data.post_id, data.social_account_id)
        lease_end = self._lease_end(publication.since)
        match publication.state:
            case State.PUBLISHED:
                return _remote(publication)
            case State.FAILED | State.NEEDS_REAUTH:
                return None
            case State.SENDING if now < lease_end:
                return Deferred(lease_end)
            case State.SENDING:
                reason = "It was sent, but the worker did not live to get the answer."
                await self.publications.unknown(publication, publication.attempt_id, now, reason)
                return await self.publish(data)
            case _ if publication.not_before is not None and publication.not_before > now:
                return Deferred(publication.not_before)
            case State.UNKNOWN:
                return await self.reconciler.reconcile(publication, data)
            case _:
                return await self._send(publication, data)

    async def _send(
        self, publication: Publication, data: PublishPost
    ) -> Published | Deferred | None:
        attempt = await self.publications.claim(publication)
        if attempt is None:
            raise TryLater("Another worker has just begun to send this post.")
        try:
            post = await self._create(attempt, data)
        except PlatformError as error:
            return await self._judge(publication, attempt, error)
        if await self.publications.published(publication, post):
            return post
        reason = f"Another publication with the same text took the post {post.id} for its own."
        await self.publications.failed(publication, attempt.id, State.FAILED, reason)
        return None

    async def _create(self, attempt: Attempt, data: PublishPost) -> Published:
        """Call the platform, within the lease: after it others count the call as lost."""
        account = self.accounts.get(data.social_account_id)
        left = (self._lease_end(attempt.since) - datetime.now(UTC)).total_seconds()
        if left <= 0:
            raise RetryBackoff("The lease ended before the post was sent.")
        try:
            async with asyncio.timeout(left):
                return await self.x.create_post(account.token, data.content)
        except TimeoutError as error:
            raise Unknown("The platform did not answer within the lease.") from error

    async def _judge(
        self, publication: Publication, attempt: Attempt, error: PlatformError
    ) -> Deferred | None:
        reason = f"{type(error).__name__}: {error}"
        match error:
            case RetryBackoff():
                await self.publications.released(publication, attempt.id, reason)
                raise TryLater(reason) from error
            case Unknown() | ProbablyDuplicate():
                at = datetime.now(UTC) + FIRST_LOOK
                duplicate = isinstance(error, ProbablyDuplicate)
                await self.publications.unknown(
                    publication, attempt.id, at, reason, duplicate=duplicate
                )
                return Deferred(at)
            case RetryAfter():
                return await self._defer(publication, attempt, error.at, reason)
            case PauseAccount():
                return await self._defer(publication, attempt, error.until, reason)
            case NeedsReauth() | RefreshThenRetryOnce():
                state = State.NEEDS_REAUTH
            case FailPermanent():
                state = State.FAILED
            case _:
                raise AssertionError(reason) from error
        _log.warning("post cannot be published", post=publication.post_id, state=state.value)
        await self.publications.failed(publication, attempt.id, state, reason)
        return None

    async def _defer(
        self, publication: Publication, attempt: Attempt, until: datetime, reason: str
    ) -> Deferred:
        await self.publications.deferred(publication, attempt.id, until, reason)
        return Deferred(until)

    def _lease_end(self, since: datetime) -> datetime:
        return since + timedelta(seconds=self.settings.sending_lease)


def _remote(publication: Publication) -> Published:
    assert publication.remote_post_id is not None
    assert publication.remote_url is not None
    return Published(publication.remote_post_id, publication.remote_url)

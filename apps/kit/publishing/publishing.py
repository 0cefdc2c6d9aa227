"""Publishing: bring a post to its platform exactly once, though its job may run twice.

Media and containers are on the platform, and kept, before anything is sent. SENDING is
committed before the platform is called. Whoever finds a publication in SENDING after its
lease, or gets no answer, does not send again: the post is looked up, and only when the
platform does not show it after a while is it sent once more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kit.platforms import PlatformError, Published, RetryBackoff, Unknown
from kit.publishing.models import Publication
from kit.publishing.models import PublicationState as State
from kit.publishing.port import Account, Accounts, Gate, Outgoing
from kit.publishing.preparing import Preparer
from kit.publishing.publications import Attempt, Publications
from kit.publishing.reconciling import Reconciler
from kit.publishing.roads import Roads
from kit.publishing.settings import PublishingSettings
from kit.publishing.tokens import AccessTokens
from kit.publishing.turns import Deferred, TryLater
from kit.publishing.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes posts."""

    publications: Publications
    preparer: Preparer
    reconciler: Reconciler
    verdicts: Verdicts
    accounts: Accounts
    tokens: AccessTokens
    roads: Roads
    gate: Gate
    settings: PublishingSettings

    async def publish(self, post: Outgoing) -> Published | Deferred | None:
        """Publish a post on one account; once it is, publishing it again changes nothing.

        Returns:
            The post on the platform; when to try again; None where a person has to help.

        Raises:
            TryLater: The platform was not reached, or another worker was quicker.
            PublicationNotFound: The post was not approved for the account.
        """
        now = datetime.now(UTC)
        publication = await self.publications.get(post.post_id, post.account_id)
        lease_end = self._lease_end(publication.since)
        match publication.state:
            case State.PUBLISHED:
                return _remote(publication)
            case State.FAILED | State.NEEDS_REAUTH:
                return None
            case State.SENDING if now < lease_end:
                return Deferred(lease_end)
            case State.SENDING:
                assert publication.attempt_id is not None
                reason = "It was sent, but the worker did not live to get the answer."
                await self.publications.unknown(publication, publication.attempt_id, now, reason)
                return await self.publish(post)
            case _ if publication.not_before is not None and publication.not_before > now:
                return Deferred(publication.not_before)
            case State.UNKNOWN:
                return await self.reconciler.reconcile(publication, post)
            case _:
                return await self._begin(publication, post)

    async def _begin(self, publication: Publication, post: Outgoing) -> Published | Deferred | None:
        try:
            account = await self.accounts.get(post.account_id)
            media = await self.preparer.prepare(publication, account, post)
        except PlatformError as error:
            return await self.verdicts.before_sending(publication, error)
        if isinstance(media, Deferred):
            return media
        if until := await self.gate.admit(account, publication.id):
            reason = "The limit of posts is reached."
            await self.publications.deferred(publication, None, until, reason)
            return Deferred(until)
        return await self._send(publication, account, post, media)

    async def _send(
        self, publication: Publication, account: Account, post: Outgoing, media: tuple[str, ...]
    ) -> Published | Deferred | None:
        attempt = await self.publications.claim(publication, media)
        if attempt is None:
            raise TryLater("Another worker has just begun to send this post.")
        try:
            made = await self._create(attempt, account, post, media)
        except PlatformError as error:
            return await self.verdicts.of_sending(publication, attempt.id, error)
        if await self.publications.published(publication, made):
            return made
        reason = f"Another publication with the same text took the post {made.id} for its own."
        await self.publications.failed(publication, attempt.id, State.FAILED, reason)
        return None

    async def _create(
        self, attempt: Attempt, account: Account, post: Outgoing, media: tuple[str, ...]
    ) -> Published:
        """Call the platform, within the lease: after it others count the call as lost."""
        road = self.roads.of(account.network)
        left = (self._lease_end(attempt.since) - datetime.now(UTC)).total_seconds()
        if left <= 0:
            raise RetryBackoff("The lease ended before the post was sent.")
        try:
            async with asyncio.timeout(left):
                return await self.tokens.call(
                    account, lambda token: road.send(token, account, post.text, media)
                )
        except TimeoutError as error:
            raise Unknown("The platform did not answer within the lease.") from error

    def _lease_end(self, since: datetime) -> datetime:
        return since + timedelta(seconds=self.settings.sending_lease)


def _remote(publication: Publication) -> Published:
    assert publication.remote_post_id is not None
    assert publication.remote_url is not None
    return Published(publication.remote_post_id, publication.remote_url)

"""Publishing: bring a post to its platform exactly once, though its job may run twice.

SENDING is committed before the platform is called. Whoever finds a publication in
SENDING after its lease, or gets no answer, does not send again: the post is looked
up, and only when the platform does not show it after a while is it sent once more.
"""

from __future__ import annotations

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
from rabbit24.services.accounts import Account, Accounts
from rabbit24.services.publications import Publications
from rabbit24.settings import Rabbit24Settings

CLOCK_SKEW = timedelta(seconds=30)

_log = structlog.get_logger(__name__)


class TryLater(Exception):
    """The post is not published yet; the job shall run again."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The platform takes the post later; nothing is wrong with it."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes posts."""

    publications: Publications
    accounts: Accounts
    x: XClient
    settings: Rabbit24Settings

    async def publish(self, data: PublishPost) -> Published | Deferred | None:
        """Publish a post on one account; once it is, publishing it again changes nothing.

        Returns:
            The post on the platform; when to try again; None where a person has to help.

        Raises:
            TryLater: It is not known yet whether it is published, or the platform was
                not reached.
            PublicationNotFound: The post was not approved for the account.
        """
        publication = await self.publications.get(data.post_id, data.social_account_id)
        match publication.state:
            case State.PUBLISHED:
                return _remote(publication)
            case State.FAILED | State.NEEDS_REAUTH:
                return None
            case State.SENDING if not self._is_lost(publication):
                raise TryLater("Another worker is sending this post.")
            case State.SENDING | State.UNKNOWN:
                return await self._reconcile(publication, data)
            case _:
                return await self._send(publication, data)

    async def _send(
        self, publication: Publication, data: PublishPost
    ) -> Published | Deferred | None:
        attempt = await self.publications.claim(publication)
        if attempt is None:
            raise TryLater("Another worker has just begun to send this post.")
        try:
            account = self.accounts.get(data.social_account_id)
            post = await self.x.create_post(account.token, data.content)
        except PlatformError as error:
            return await self._judge(publication, attempt, error)
        await self.publications.published(publication, attempt, post)
        return post

    async def _judge(
        self, publication: Publication, attempt: str | None, error: PlatformError
    ) -> Deferred | None:
        reason = f"{type(error).__name__}: {error}"
        match error:
            case RetryBackoff():
                await self.publications.released(publication, attempt, reason)
                raise TryLater(reason) from error
            case Unknown() | ProbablyDuplicate():
                await self.publications.unknown(publication, attempt, reason)
                raise TryLater(reason) from error
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
        await self.publications.failed(publication, attempt, state, reason)
        return None

    async def _defer(
        self, publication: Publication, attempt: str | None, until: datetime, reason: str
    ) -> Deferred:
        await self.publications.deferred(publication, attempt, until, reason)
        return Deferred(until)

    async def _reconcile(self, publication: Publication, data: PublishPost) -> Published | None:
        since = publication.sending_since or publication.updated_at
        try:
            account = self.accounts.get(data.social_account_id)
            post = await self._look_up(account, data.content, since)
        except PlatformError as error:
            raise TryLater(f"{type(error).__name__}: {error}") from error
        if post is not None:
            return await self._adopt(publication, post)
        if datetime.now(UTC) - since > self.settings.settle:
            reason = "The platform does not show the post, so it is sent again."
            await self.publications.released(publication, publication.attempt_id, reason)
            raise TryLater(reason)
        await self.publications.unknown(publication, publication.attempt_id, "Looking it up.")
        raise TryLater("The platform does not show the post yet.")

    async def _adopt(self, publication: Publication, post: Published) -> Published | None:
        if await self.publications.is_held(post.id):
            reason = f"The account has the same text already: {post.url}"
            await self.publications.failed(
                publication, publication.attempt_id, State.FAILED, reason
            )
            return None
        await self.publications.published(publication, publication.attempt_id, post)
        return post

    async def _look_up(self, account: Account, content: str, since: datetime) -> Published | None:
        posts = await self.x.recent_posts(account.token, account.user_id, since - CLOCK_SKEW)
        found = next((post for post in posts if post.says(content)), None)
        return Published(found.id, found.url) if found else None

    def _is_lost(self, publication: Publication) -> bool:
        since = publication.sending_since
        return since is None or datetime.now(UTC) - since > self.settings.sending_lease


def _remote(publication: Publication) -> Published:
    assert publication.remote_post_id is not None
    assert publication.remote_url is not None
    return Published(publication.remote_post_id, publication.remote_url)

"""Reconciling: find out whether the platform has a post that nobody got an answer for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    Published,
    RefreshThenRetryOnce,
    RetryAfter,
)
from kit.publishing.models import Publication
from kit.publishing.models import PublicationState as State
from kit.publishing.port import Accounts, Outgoing
from kit.publishing.publications import MAY_BE, Publications
from kit.publishing.roads import Roads
from kit.publishing.roads.road import Trace
from kit.publishing.settings import PublishingSettings
from kit.publishing.tokens import AccessTokens
from kit.publishing.turns import Deferred, TryLater
from kit.publishing.verdicts import FIRST_LOOK

CLOCK_SKEW = timedelta(seconds=30)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Looks posts up, and decides once the platform had the time to show them."""

    publications: Publications
    accounts: Accounts
    tokens: AccessTokens
    roads: Roads
    settings: PublishingSettings

    async def reconcile(
        self, publication: Publication, post: Outgoing
    ) -> Published | Deferred | None:
        """Settle the fate of an UNKNOWN publication.

        Returns:
            The post on the platform; when to look again; None where a person has to help.

        Raises:
            TryLater: The platform was not reached, or does not have the post.
        """
        began = datetime.now(UTC)
        try:
            found = await self._look_up(publication, post)
        except PlatformError as error:
            return await self._without_answer(publication, error)
        for candidate in found:
            if await self.publications.published(publication, candidate):
                return candidate
        return await self._not_shown(publication, began)

    async def _look_up(self, publication: Publication, post: Outgoing) -> list[Published]:
        account = await self.accounts.get(post.account_id)
        road = self.roads.of(account.network)
        since = (publication.first_sent_at or publication.since) - CLOCK_SKEW
        unknown = publication.since
        trace = Trace(post.text, since, unknown, publication.media, publication.named_post_id)
        return await self.tokens.call(account, lambda token: road.look_up(token, account, trace))

    async def _not_shown(self, publication: Publication, began: datetime) -> Deferred | None:
        # Not until now: a slow look-up tells what was there when it began.
        waited = began - publication.since
        if waited <= self.settings.settling(publication.network):
            return await self._look_again(publication, datetime.now(UTC) + max(FIRST_LOOK, waited))
        if publication.refused_as_duplicate:
            reason = "The account has a post with the same text already."
            await self._fail(publication, State.FAILED, reason)
            return None
        reason = "The platform does not show the post, so it is sent again."
        await self.publications.released(publication, publication.attempt_id, reason)
        raise TryLater(reason)

    async def _without_answer(
        self, publication: Publication, error: PlatformError
    ) -> Deferred | None:
        reason = f"{type(error).__name__}: {error}"
        match error:
            case RetryAfter():
                return await self._look_again(publication, error.at)
            case PauseAccount():
                return await self._look_again(publication, error.until)
            case NeedsReauth() | RefreshThenRetryOnce():
                state = State.NEEDS_REAUTH
            case FailPermanent():
                state = State.FAILED
            case _:
                raise TryLater(reason) from error
        reason = f"{MAY_BE}, but could not be looked up: {reason}"
        await self._fail(publication, state, reason)
        return None

    async def _look_again(self, publication: Publication, at: datetime) -> Deferred:
        await self.publications.look_again(publication, at)
        return Deferred(at)

    async def _fail(self, publication: Publication, state: State, reason: str) -> None:
        _log.warning("post cannot be published", post=publication.post_id, state=state.value)
        await self.publications.failed(publication, publication.attempt_id, state, reason)

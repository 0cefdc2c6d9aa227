"""Preparing: media and containers are brought to the platform, and kept, before it is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kit.platforms import PlatformSettings
from kit.publishing.models import Publication
from kit.publishing.port import Account, Outgoing
from kit.publishing.publications import Publications
from kit.publishing.roads import Roads
from kit.publishing.tokens import AccessTokens
from kit.publishing.turns import Deferred, TryLater


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepares publications; what was prepared by an earlier turn is used again."""

    publications: Publications
    tokens: AccessTokens
    roads: Roads
    settings: PlatformSettings

    async def prepare(
        self, publication: Publication, account: Account, post: Outgoing
    ) -> tuple[str, ...] | Deferred:
        """Have everything on the platform that the post shows.

        Returns:
            What the platform knows it by; when to look again while it is still working on it.

        Raises:
            TryLater: Another worker has begun to send the post.
            PlatformError: The platform's outcome; nothing is published.
        """
        if publication.is_prepared(datetime.now(UTC)):
            media = publication.media
        else:
            media = await self._made(publication, account, post)
        return await self._advanced(publication, account, post, media)

    async def _advanced(
        self, publication: Publication, account: Account, post: Outgoing, media: tuple[str, ...]
    ) -> tuple[str, ...] | Deferred:
        road = self.roads.of(account.network)
        further = await self.tokens.call(
            account, lambda token: road.advance(token, account, post, media)
        )
        if further == media:
            return media
        if further is not None:
            await self._keep(publication, further)
            return await self._advanced(publication, account, post, further)
        until = datetime.now(UTC) + timedelta(seconds=self.settings.media_poll_interval)
        await self.publications.deferred(publication, None, until, None)
        return Deferred(until)

    async def _made(
        self, publication: Publication, account: Account, post: Outgoing
    ) -> tuple[str, ...]:
        road = self.roads.of(account.network)
        media = await self.tokens.call(account, lambda token: road.prepare(token, account, post))
        await self._keep(publication, media)
        return media

    async def _keep(self, publication: Publication, media: tuple[str, ...]) -> None:
        if not await self.publications.prepared(publication, media):
            raise TryLater("Another worker has just begun to send this post.")

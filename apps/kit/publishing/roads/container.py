"""The road of Instagram: a container is made, and published when it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from kit.platforms import (
    ContainerState,
    FailPermanent,
    InstagramClient,
    NotFound,
    Published,
    RetryBackoff,
)
from kit.platforms.instagram.client import LIMITS
from kit.publishing.port import Account, Outgoing
from kit.publishing.roads.media import Media
from kit.publishing.roads.road import Trace

SHOWN = timedelta(minutes=10)
"""A published post is listed by then, unless its owner has removed it or changed its words."""


@dataclass(frozen=True, slots=True)
class ByContainer:
    """Keeps the container, which tells after a lost answer whether it was published."""

    platform: InstagramClient
    media: Media

    def check(self, text: str, media: Sequence[str]) -> None:
        """Refuse what is too long, or has no picture or too many."""
        LIMITS.check(text, media)

    async def prepare(self, token: SecretStr, account: Account, post: Outgoing) -> tuple[str, ...]:
        """Make the containers; Instagram fetches the files under addresses of ours."""
        self.check(post.text, post.media)
        urls = [await self.media.url(name) for name in post.media]
        return await self.platform.parts(token, post.text, urls, user_id=account.user_id)

    async def advance(
        self, token: SecretStr, account: Account, post: Outgoing, media: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """Ask the containers; of several that are ready one is made."""
        for container in media:
            if not await self.platform.is_ready(token, container):
                return None
        if len(media) == 1:
            return media
        return (await self.platform.join(token, post.text, media, user_id=account.user_id),)

    async def send(
        self, token: SecretStr, account: Account, text: str, media: tuple[str, ...]
    ) -> Published:
        """Publish the container."""
        [container] = media
        return await self.platform.publish(token, container, user_id=account.user_id)

    async def look_up(self, token: SecretStr, account: Account, trace: Trace) -> list[Published]:
        """Ask the container whether it is published, and find the post by its caption."""
        recent = await self.platform.recent_posts(token, account.user_id, trace.since)
        found = [Published(p.id, p.url) for p in reversed(recent) if p.says(trace.text)]
        published = [await self._is_published(token, container) for container in trace.media]
        if found or not any(published):
            return found
        if datetime.now(UTC) - trace.unknown_since > SHOWN:
            raise FailPermanent(
                "Instagram has published it, but shows no post with its words: look at the account."
            )
        raise RetryBackoff("Instagram has published the container, but does not show the post yet.")

    async def _is_published(self, token: SecretStr, container: str) -> bool:
        try:
            return await self.platform.state(token, container) is ContainerState.PUBLISHED
        except NotFound:
            return False

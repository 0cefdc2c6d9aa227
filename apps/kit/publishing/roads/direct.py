"""The road of X, LinkedIn and Facebook: media are uploaded, then one call publishes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from kit.platforms import Platform, Post, Published
from kit.platforms.draft import Limits
from kit.publishing.port import Account, Outgoing
from kit.publishing.roads.road import Trace

Upload = Callable[[SecretStr, Account, str], Awaitable[str]]
"""Brings a file of ``kit.files`` to the platform; returns what the platform calls it."""
Named = Callable[[SecretStr, str], Awaitable[Post | None]]
"""Looks up a post that the platform named."""


async def _unnamed(_: SecretStr, __: str) -> Post | None:
    return None


@dataclass(frozen=True, slots=True)
class Direct:
    """Publishes by one call, and finds posts again by their words."""

    platform: Platform
    limits: Limits
    upload: Upload
    named: Named = _unnamed
    count: Callable[[str], int] = len

    def check(self, text: str, media: Sequence[str]) -> None:
        """Refuse what is too long, empty, or has too many media."""
        self.limits.check(text, media, length=self.count(text))

    async def prepare(self, token: SecretStr, account: Account, post: Outgoing) -> tuple[str, ...]:
        """Upload the media, one after the other."""
        self.check(post.text, post.media)
        return tuple([await self.upload(token, account, name) for name in post.media])

    async def advance(
        self, token: SecretStr, account: Account, post: Outgoing, media: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Uploads are waited for when they are made."""
        return media

    async def send(
        self, token: SecretStr, account: Account, text: str, media: tuple[str, ...]
    ) -> Published:
        """Publish."""
        return await self.platform.create_post(token, text, media, user_id=account.user_id)

    async def look_up(self, token: SecretStr, account: Account, trace: Trace) -> list[Published]:
        """Find posts with the same words: the one that was named, then the oldest first."""
        found = list[Post]()
        if trace.named_post_id:
            named = await self.named(token, trace.named_post_id)
            found += [named] if named and named.created_at >= trace.since else []
        recent = await self.platform.recent_posts(token, account.user_id, trace.since)
        # The oldest first: of several with this text it is the likeliest to be ours.
        found += reversed(recent)
        return [Published(post.id, post.url) for post in found if post.says(trace.text)]

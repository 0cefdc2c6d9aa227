"""What publishing has to know of a network beside its adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from kit.platforms import Platform, Published
from kit.publishing.port import Account, Outgoing


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of a post whose fate is not.

    Attributes:
        since: When it was first on its way, in UTC.
        unknown_since: Since when its fate is not known, in UTC.
        media: What was prepared for it.
        named_post_id: The post that the platform named when it refused a duplicate.
    """

    text: str = field(repr=False)
    since: datetime
    unknown_since: datetime
    media: tuple[str, ...]
    named_post_id: str


class Road(Protocol):
    """The way of a post onto one network; every method raises ``kit.platforms.outcomes``."""

    @property
    def platform(self) -> Platform:
        """The network's adapter."""
        ...

    def check(self, text: str, media: Sequence[str]) -> None:
        """Refuse what the network would refuse, as far as it can be told without asking it.

        Raises:
            FailPermanent: It is empty, too long, or has too many media or too few.
        """
        ...

    async def prepare(self, token: SecretStr, account: Account, post: Outgoing) -> tuple[str, ...]:
        """Bring media to the platform, which nobody sees yet; may be repeated.

        Raises:
            FailPermanent: The platform would not take the post, or a file is missing.
        """
        ...

    async def advance(
        self, token: SecretStr, account: Account, post: Outgoing, media: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """Bring what was prepared further; it can be published once it stays the same.

        Returns:
            What to keep in its place, or None while the platform is working on it.
        """
        ...

    async def send(
        self, token: SecretStr, account: Account, text: str, media: tuple[str, ...]
    ) -> Published:
        """Publish. Not safe to repeat."""
        ...

    async def look_up(self, token: SecretStr, account: Account, trace: Trace) -> list[Published]:
        """Find posts that may be the one, the likeliest first; empty if it is not there."""
        ...

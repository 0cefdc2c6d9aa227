"""What a publishing job needs of a platform, whichever it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Published:
    """A post that the platform has accepted.

    Attributes:
        id: The platform's id of the post.
        url: Where people see it.
    """

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post as the platform shows it, links written out.

    Attributes:
        created_at: In UTC, as the platform's clock has it.
    """

    id: str
    url: str
    created_at: datetime
    text: str = field(repr=False)

    def says(self, text: str) -> bool:
        """Tell whether this post carries ``text``.

        White space, Unicode composition, and the scheme and closing slash that
        platforms add to links make no difference.
        """
        return _essence(self.text) == _essence(text)


@dataclass(frozen=True, slots=True)
class Metrics:
    """How a post does; None is what the platform does not tell.

    Attributes:
        likes: Reactions of every kind.
        shares: Reposts, quotes among them.
    """

    likes: int | None
    shares: int | None
    comments: int | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Fresh tokens; store them at once, the one they were got with may be worthless now.

    Attributes:
        refresh: What the next ones are got with. Where a platform has no refresh tokens,
            it is the access token.
        expires_at: When the access token ends, in UTC.
    """

    access: SecretStr
    refresh: SecretStr
    expires_at: datetime


class Platform(Protocol):
    """A social platform. Every method raises the errors of ``kit.platforms.outcomes``.

    ``user_id`` is the platform's id of the account, as its owner's connection gave it.
    """

    async def create_post(
        self, token: SecretStr, text: str, media: Sequence[str] = (), *, user_id: str
    ) -> Published:
        """Publish a post. Not safe to repeat: see ``Unknown``.

        ``media`` is what the platform knows it by: ids of uploads, or addresses.
        """
        ...

    async def recent_posts(
        self, token: SecretStr, user_id: str, since: datetime
    ) -> tuple[Post, ...]:
        """List all posts of the account since an instant, newest first."""
        ...

    async def metrics(self, token: SecretStr, post_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Count what people made of posts; a post that is not shown is left out."""
        ...

    async def refresh(self, token: SecretStr) -> Tokens:
        """Exchange a refresh token for new tokens; it may work only once."""
        ...


def in_utc(since: datetime) -> datetime:
    """Return an instant in UTC, in whole seconds.

    Raises:
        ValueError: It has no time zone.
    """
    if since.tzinfo is None:
        raise ValueError(f"since={since.isoformat()} has no time zone; use datetime.now(UTC).")
    return since.astimezone(UTC).replace(microsecond=0)


def _essence(text: str) -> str:
    words = unicodedata.normalize("NFC", text).split()
    return " ".join(re.sub(r"^https?://(.+?)/?$", r"\1", word) for word in words)

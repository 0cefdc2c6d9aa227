"""What a publishing job needs of a platform, whichever it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
class Tokens:
    """A fresh pair of tokens; the refresh token it was got with is worthless now.

    Attributes:
        expires_at: When the access token ends, in UTC.
    """

    access: SecretStr
    refresh: SecretStr
    expires_at: datetime


class Platform(Protocol):
    """A social platform. Every method raises the errors of ``kit.platforms.outcomes``."""

    async def create_post(
        self, token: SecretStr, text: str, media_ids: Sequence[str] = ()
    ) -> Published:
        """Publish a post. Not safe to repeat: see ``Unknown``."""
        ...

    async def recent_posts(
        self, token: SecretStr, user_id: str, since: datetime
    ) -> tuple[Post, ...]:
        """List all posts of the account since an instant, newest first."""
        ...

    async def refresh(self, token: SecretStr) -> Tokens:
        """Exchange a refresh token, which works only once, for a new pair."""
        ...


def _essence(text: str) -> str:
    words = unicodedata.normalize("NFC", text).split()
    return " ".join(re.sub(r"^https?://(.+?)/?$", r"\1", word) for word in words)

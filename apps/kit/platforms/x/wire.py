"""X's answers, as far as we read them."""

from __future__ import annotations

import html
from datetime import datetime

from pydantic import AliasChoices, Field, SecretStr

from kit.platforms.wire import Wire


class CreatedThing(Wire):
    """What was made: a post, or an uploaded image."""

    id: str = Field(pattern=r"^[0-9]{1,19}$")


class Created(Wire):
    """The answer to ``POST /2/tweets`` and ``POST /2/media/upload``."""

    data: CreatedThing


class Link(Wire):
    """A URL that X replaced by a t.co address; ``media_key`` marks an attachment."""

    url: str
    expanded_url: str = ""
    media_key: str | None = None


class Entities(Wire):
    """What X found in a post's text."""

    urls: tuple[Link, ...] = ()


class TimelinePost(Wire):
    """A post in a timeline."""

    id: str
    text: str = Field(repr=False)
    created_at: datetime
    entities: Entities = Entities()

    @property
    def expanded(self) -> str:
        """The text as its author wrote it: t.co links and HTML entities resolved."""
        text = html.unescape(self.text)
        for link in self.entities.urls:
            written = "" if link.media_key else link.expanded_url or link.url
            text = text.replace(link.url, written)
        return text


class Meta(Wire):
    """The page that a timeline answer is; without it the answer is no timeline."""

    result_count: int
    next_token: str | None = None


class Timeline(Wire):
    """The answer to ``GET /2/users/{id}/tweets``."""

    data: tuple[TimelinePost, ...] = ()
    meta: Meta


class TokenPair(Wire):
    """The answer to ``POST /2/oauth2/token``.

    RFC 6749 makes all but the first optional, and what is not read here is lost for ever.
    """

    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: int = 2 * 60 * 60


class PublicMetrics(Wire):
    """What people made of a post, under the names of either specification."""

    like_count: int
    reply_count: int
    quote_count: int = 0
    repost_count: int = Field(validation_alias=AliasChoices("repost_count", "retweet_count"))


class MeasuredPost(Wire):
    """A post with its metrics."""

    id: str
    public_metrics: PublicMetrics


class Measured(Wire):
    """The answer to ``GET /2/tweets``; posts that are not shown are missing."""

    data: tuple[MeasuredPost, ...] = ()

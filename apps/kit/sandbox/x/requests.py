"""What the sandbox understands of a request to X; anything else is refused."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
)

from kit.platforms.x.text import LIMIT, weighted_length
from kit.sandbox.strict import Strict

Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]


def _split(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


def _decoded(value: Any) -> bytes:
    return b64decode(str(value), validate=True)


Ids = Annotated[tuple[Id, ...], BeforeValidator(_split), Field(min_length=1, max_length=100)]
Fields = Annotated[tuple[str, ...], BeforeValidator(_split)]


def _fits(text: str) -> str:
    length = weighted_length(text)
    if length > LIMIT:
        raise ValueError(f"it counts {length}, the limit is {LIMIT}")
    return text


class Media(Strict):
    """Uploaded media of a post."""

    media_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=4)]
    tagged_user_ids: Annotated[tuple[Id, ...], Field(max_length=10)] = ()


class Reply(Strict):
    """The post that is answered."""

    in_reply_to_tweet_id: Id
    auto_populate_reply_metadata: bool = False
    exclude_reply_user_ids: tuple[Id, ...] = ()


class NewPost(Strict):
    """The body of ``POST /2/tweets``, of which the sandbox keeps text and media."""

    text: Annotated[str, AfterValidator(_fits)] = ""
    media: Media | None = None
    reply: Reply | None = None
    quote_tweet_id: Id | None = None
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    made_with_ai: bool = False

    @property
    def media_ids(self) -> tuple[str, ...]:
        """The ids of the attached media."""
        return self.media.media_ids if self.media else ()


class NewImage(Strict):
    """The body of ``POST /2/media/upload``, as JSON."""

    media: Annotated[bytes, BeforeValidator(_decoded), Field(min_length=1)]
    media_category: Literal["tweet_image"]
    media_type: Literal["image/jpeg", "image/bmp", "image/png", "image/webp"] | None = None
    shared: bool = False


class Lookup(Strict):
    """The query of ``GET /2/tweets``."""

    ids: Ids
    fields: Fields = Field(default=(), alias="tweet.fields")


class TimelineQuery(Strict):
    """The query of ``GET /2/users/{id}/tweets``; a pagination token is a count of posts."""

    start_time: AwareDatetime | None = None
    max_results: int = Field(default=10, ge=5, le=100)
    pagination_token: int = Field(default=0, ge=0)
    fields: Fields = Field(default=(), alias="tweet.fields")

    def admits(self, created_at: datetime) -> bool:
        """Tell whether a post of this instant is asked for."""
        return self.start_time is None or created_at >= self.start_time

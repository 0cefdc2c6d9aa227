"""Facebook's answers, as far as we read them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, SecretStr

from kit.platforms.wire import Wire


class PagePost(Wire):
    """A post of a Page."""

    id: str
    message: str = Field(default="", repr=False)
    created_time: datetime
    permalink_url: str = ""


class Count(Wire):
    """How often a post was shared."""

    count: int = 0


class Summary(Wire):
    """How many entries a list has."""

    total_count: int


class Listed(Wire):
    """A list of which only the summary was asked for."""

    summary: Summary


class PostMetrics(Wire):
    """A post's metrics; a post that nobody shared has no shares."""

    shares: Count = Count()
    reactions: Listed
    comments: Listed


class LongLived(Wire):
    """A token that lasts about 60 days; Facebook leaves out the end of one that has none."""

    access_token: SecretStr
    expires_in: int = 60 * 24 * 60 * 60

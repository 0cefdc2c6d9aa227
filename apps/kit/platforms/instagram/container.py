"""Containers: what Instagram makes of media before they are published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from kit.platforms.outcomes import FailPermanent
from kit.platforms.wire import Wire


class ContainerState(StrEnum):
    """Where a container is."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"
    PUBLISHED = "PUBLISHED"


class Container(Wire):
    """A container; its ``status`` is for people, and names a subcode where it failed."""

    status_code: ContainerState
    status: str = ""


class Media(Wire):
    """A published picture, video or carousel."""

    id: str
    caption: str = Field(default="", repr=False)
    timestamp: datetime
    permalink: str = ""


class Permalink(Wire):
    """Where a published one is seen."""

    permalink: str


class Value(Wire):
    """A number of an insight."""

    value: int


class Insight(Wire):
    """How often something was done."""

    name: str
    values: tuple[Value, ...] = ()
    total: Value | None = Field(default=None, alias="total_value")

    @property
    def count(self) -> int | None:
        """The number, if it is told."""
        told = [self.total] if self.total else self.values
        return told[0].value if told else None


class LongLived(Wire):
    """A token that lasts about 60 days."""

    access_token: SecretStr
    expires_in: int


def single(url: str, caption: str) -> dict[str, str]:
    """Write the form of a post with one picture or video."""
    kind = {"media_type": "REELS", "video_url": url} if is_video(url) else {"image_url": url}
    return kind | ({"caption": caption} if caption else {})


def child(url: str) -> dict[str, str]:
    """Write the form of one part of a carousel."""
    kind = {"media_type": "VIDEO", "video_url": url} if is_video(url) else {"image_url": url}
    return kind | {"is_carousel_item": "true"}


def carousel(children: Sequence[str], caption: str) -> dict[str, str]:
    """Write the form of a carousel."""
    form = {"media_type": "CAROUSEL", "children": ",".join(children)}
    return form | ({"caption": caption} if caption else {})


def is_video(url: str) -> bool:
    """Tell a video by its address.

    Raises:
        FailPermanent: It is no address that Instagram could fetch.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise FailPermanent(
            "Instagram fetches media itself: give their public or presigned https:// addresses."
        )
    return parts.path.lower().endswith((".mp4", ".mov"))

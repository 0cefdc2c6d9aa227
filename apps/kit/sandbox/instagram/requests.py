"""What the sandbox understands of a request to Instagram; anything else is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, HttpUrl, StringConstraints, model_validator

from kit.sandbox.strict import Strict

Id = Annotated[str, StringConstraints(pattern=r"^\d+$")]
MetricName = Literal["likes", "comments", "shares", "saved"]


def _split(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


class NewContainer(Strict):
    """The form of ``POST /{ig}/media``, as far as the sandbox plays it."""

    image_url: HttpUrl | None = None
    video_url: HttpUrl | None = None
    media_type: Literal["REELS", "VIDEO", "CAROUSEL"] | None = None
    caption: str = Field(default="", max_length=2200)
    is_carousel_item: bool = False
    children: Annotated[tuple[Id, ...], BeforeValidator(_split), Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> NewContainer:
        kinds = [bool(self.image_url), bool(self.video_url), len(self.children) >= 2]
        if sum(kinds) != 1:
            raise ValueError("give one of image_url, video_url, and two or more children")
        if bool(self.children) != (self.media_type == "CAROUSEL"):
            raise ValueError("children belong to media_type CAROUSEL")
        if bool(self.video_url) != (self.media_type in ("REELS", "VIDEO")):
            raise ValueError("video_url belongs to media_type REELS or VIDEO")
        return self

    @property
    def media(self) -> tuple[str, ...]:
        """The addresses of its media."""
        return tuple(str(url) for url in (self.image_url, self.video_url) if url)


class Publish(Strict):
    """The form of ``POST /{ig}/media_publish``."""

    creation_id: Id


class Metrics(Strict):
    """The query of ``GET /{media}/insights``."""

    metric: Annotated[tuple[MetricName, ...], BeforeValidator(_split)]


class Refresh(Strict):
    """The query of ``GET /refresh_access_token``."""

    grant_type: Literal["ig_refresh_token"]

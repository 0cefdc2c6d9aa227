"""What the sandbox understands of a request to LinkedIn; anything else is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from kit.sandbox.strict import Strict

LIMIT = 3000
Author = Annotated[
    str, StringConstraints(pattern=r"^urn:li:(person:[A-Za-z0-9_-]+|organization:\d+)$")
]
ImageUrn = Annotated[str, StringConstraints(pattern=r"^urn:li:image:[\w-]+$")]


class Distribution(Strict):
    """Who is shown the post."""

    feed: Literal["MAIN_FEED", "NONE"] = Field(alias="feedDistribution")
    targets: tuple[Any, ...] = Field(default=(), alias="targetEntities")
    channels: tuple[Any, ...] = Field(default=(), alias="thirdPartyDistributionChannels")


class Image(Strict):
    """An attached image."""

    id: ImageUrn
    title: str = ""
    alt: str = Field(default="", alias="altText")


class MultiImage(Strict):
    """Several attached images."""

    images: Annotated[tuple[Image, ...], Field(min_length=2, max_length=20)]


class Content(Strict):
    """What is attached."""

    media: Image | None = None
    several: MultiImage | None = Field(default=None, alias="multiImage")


class NewPost(Strict):
    """The body of ``POST /rest/posts``, as far as the sandbox plays it."""

    author: Author
    commentary: str
    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN"]
    distribution: Distribution
    state: Literal["PUBLISHED"] = Field(alias="lifecycleState")
    no_reshares: bool = Field(default=False, alias="isReshareDisabledByAuthor")
    content: Content = Content()

    @property
    def images(self) -> tuple[str, ...]:
        """The URNs of the attached images."""
        one, several = self.content.media, self.content.several
        images = ((one,) if one else ()) + (several.images if several else ())
        return tuple(image.id for image in images)


class AuthorQuery(Strict):
    """The query of the finder of an author's posts."""

    q: Literal["author"]
    author: Author
    start: int = Field(default=0, ge=0)
    count: int = Field(default=10, ge=1, le=100)
    sort: Literal["CREATED", "LAST_MODIFIED"] = Field(default="LAST_MODIFIED", alias="sortBy")


class UploadOwner(Strict):
    """Whose image it will be."""

    owner: Author


class NewUpload(Strict):
    """The body of ``POST /rest/images?action=initializeUpload``."""

    request: UploadOwner = Field(alias="initializeUploadRequest")

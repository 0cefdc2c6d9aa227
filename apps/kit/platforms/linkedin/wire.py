"""LinkedIn's answers, as far as we read them."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field, SecretStr

from kit.platforms.wire import Wire


class StoredPost(Wire):
    """A post, as ``GET /rest/posts`` tells it; times are in milliseconds."""

    id: str
    commentary: str = Field(default="", repr=False)
    created_ms: int = Field(alias="createdAt")

    @property
    def created_at(self) -> datetime:
        """When it was created, in UTC."""
        return datetime.fromtimestamp(self.created_ms / 1000, UTC)


class Posts(Wire):
    """A page of an author's posts."""

    elements: tuple[StoredPost, ...]


class Reactions(Wire):
    """How many reactions of one kind."""

    count: int


class CommentSummary(Wire):
    """How many comments."""

    count: int


class SocialMetadata(Wire):
    """The answer to ``GET /rest/socialMetadata/{urn}``."""

    reactions: dict[str, Reactions] = Field(alias="reactionSummaries")
    comments: CommentSummary = Field(alias="commentSummary")


class Upload(Wire):
    """Where to put an image, and its name afterwards. The address is as good as a password."""

    url: SecretStr = Field(alias="uploadUrl")
    image: str


class UploadAnswer(Wire):
    """The answer to ``POST /rest/images?action=initializeUpload``."""

    value: Upload


class Image(Wire):
    """The answer to ``GET /rest/images/{urn}``."""

    status: str


class Grant(Wire):
    """New tokens; the refresh token stays the same until its own end."""

    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: int

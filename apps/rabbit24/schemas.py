"""Payloads: what comes over HTTP, travels in jobs and goes out as events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from rabbit24.models import Post, PostStatus, Publication, PublicationState

ID = r"^[A-Za-z0-9_-]{1,64}$"
"""What ids of posts and brand profiles look like."""


def _readable(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; write something")
    if "\0" in text:
        raise ValueError("it holds a NUL character, which cannot be stored; remove it")
    return text


class Payload(BaseModel):
    """Base of all payloads: camelCase outside, snake_case inside."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class NewPost(Payload):
    """A post to be written."""

    model_config = ConfigDict(extra="forbid")

    brand_profile_id: str = Field(pattern=ID)
    content: Annotated[str, Field(max_length=10_000), AfterValidator(_readable)]


class PublicationView(Payload):
    """Where a post stands on one account."""

    social_account_id: str
    platform: str
    state: PublicationState
    platform_post_id: str | None
    url: str | None
    error: str | None

    @classmethod
    def of(cls, publication: Publication) -> Self:
        """Show a row."""
        return cls(
            social_account_id=publication.social_account_id,
            platform=publication.platform,
            state=publication.state,
            platform_post_id=publication.remote_post_id,
            url=publication.remote_url,
            error=publication.error,
        )


class PostView(Payload):
    """A post and its publications."""

    id: str
    brand_profile_id: str
    content: str
    status: PostStatus
    created_at: datetime
    approved_at: datetime | None
    publications: tuple[PublicationView, ...]

    @classmethod
    def of(cls, post: Post) -> Self:
        """Show a row and its publications."""
        return cls(
            id=post.id,
            brand_profile_id=post.brand_profile_id,
            content=post.content,
            status=post.status,
            created_at=post.created_at,
            approved_at=post.approved_at,
            publications=tuple(map(PublicationView.of, post.publications)),
        )


class PublishPost(Payload):
    """The payload of the ``publish`` queue."""

    post_id: str
    brand_profile_id: str
    social_account_id: str
    content: str = Field(repr=False)

    @classmethod
    def of(cls, post: Post, social_account_id: str) -> Self:
        """Make the payload of an approved post."""
        return cls(
            post_id=post.id,
            brand_profile_id=post.brand_profile_id,
            social_account_id=social_account_id,
            content=post.content,
        )


class PostPublished(Payload):
    """The event that tells a brand of a published post."""

    post_id: str
    platform: str
    url: str

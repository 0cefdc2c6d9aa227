"""Payloads: what comes over HTTP, travels in jobs and goes out as events."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from kit.asked import readable
from kit.payloads import Payload
from kit.publishing import Network
from rabbit24.models import FileType

ID = r"^[A-Za-z0-9_-]{1,64}$"
"""What ids of posts and brand profiles look like."""


Words = Annotated[str, Field(max_length=70_000), AfterValidator(readable)]
Line = Annotated[str, Field(max_length=200), AfterValidator(readable)]


class PublishPost(Payload):
    """The payload of the ``publish`` queue; ``media_urls`` are names in the app's files."""

    post_id: str
    brand_profile_id: str
    social_account_id: str
    content: str = Field(repr=False)
    media_urls: tuple[str, ...] = ()


class FillSlot(Payload):
    """The payload of the ``schedule`` queue."""

    schedule_id: str
    brand_profile_id: str


class MeasurePost(Payload):
    """The payload of the ``analytics`` queue."""

    post_id: str
    platform_post_id: str
    platform: Network


class AnalyzeContent(Payload):
    """The payload of the ``content:analyze`` queue."""

    material_id: str
    user_id: str
    file_url: str
    file_type: FileType


class GenerateEmbedding(Payload):
    """The payload of the ``embedding:generate`` queue: text, a picture, or both."""

    content_id: str
    text: str | None = Field(default=None, repr=False)
    image_url: str | None = None

    @model_validator(mode="after")
    def _something(self) -> GenerateEmbedding:
        if not (self.text or self.image_url):
            raise ValueError("give text or imageUrl: there is nothing to embed")
        return self


class RefreshToken(Payload):
    """The payload of the ``token:refresh`` queue."""

    social_account_id: str
    platform: Network
    expires_at: AwareDatetime


class Dispatch(Payload):
    """The payload of ``distribution:dispatch``."""

    schedule_id: int
    post_id: int
    target_id: int
    request_ai_assets: bool | None = None
    custom_message: str | None = Field(default=None, repr=False)


class ScheduledPublish(Payload):
    """The payload of ``distribution:scheduled``."""

    schedule_id: int
    scheduled_for: AwareDatetime


class RefreshConnection(Payload):
    """The payload of ``distribution:token-refresh``."""

    connection_id: int


class JobCompleted(Payload):
    """The event that tells a user of a job that is done."""

    job_id: str
    queue: str
    status: str


class JobFailed(Payload):
    """The event that tells a user of a job that failed for good."""

    job_id: str
    queue: str
    error: str


class PostPublished(Payload):
    """The event that tells a brand of a published post."""

    post_id: str
    platform: Network
    url: str


class Measured(Payload):
    """The event that tells of a post's new figures."""

    likes: int | None
    shares: int | None
    comments: int | None


class Maintenance(Payload):
    """The event that tells everybody of work on the system."""

    message: Line
    severity: Annotated[str, Field(pattern="^(info|warning|critical)$")]

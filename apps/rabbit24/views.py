"""What is answered over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from kit.payloads import Payload
from kit.publishing import Network, Publication, PublicationState
from rabbit24.models import (
    Brand,
    FileType,
    Material,
    MaterialStatus,
    Metric,
    PostStatus,
    Schedule,
)
from rabbit24.services.accounts import Connected
from rabbit24.services.posts import Written


class Me(Payload):
    """Who sends the request."""

    id: str | None
    roles: tuple[str, ...]
    credits: int | None


class BrandView(Payload):
    """A brand."""

    id: str
    name: str
    tone: str

    @classmethod
    def of(cls, brand: Brand) -> Self:
        """Show a row."""
        return cls(id=brand.id, name=brand.name, tone=brand.tone)


class AccountView(Payload):
    """An account, without its tokens."""

    id: str
    connection_id: int
    brand_profile_id: str
    platform: Network
    user_id: str
    expires_at: datetime
    valid: bool

    @classmethod
    def of(cls, connected: Connected) -> Self:
        """Show a row."""
        row = connected.account
        return cls(
            id=row.id,
            connection_id=connected.number,
            brand_profile_id=row.brand_profile_id,
            platform=row.platform,
            user_id=row.user_id,
            expires_at=row.expires_at,
            valid=connected.valid,
        )


class PublicationView(Payload):
    """Where a post stands on one account."""

    social_account_id: str
    platform: Network
    state: PublicationState
    platform_post_id: str | None
    url: str | None
    error: str | None
    not_before: datetime | None

    @classmethod
    def of(cls, publication: Publication) -> Self:
        """Show a row."""
        return cls(
            social_account_id=publication.account_id,
            platform=publication.network,
            state=publication.state,
            platform_post_id=publication.remote_post_id,
            url=publication.remote_url,
            error=publication.error,
            not_before=publication.not_before,
        )


class PostView(Payload):
    """A post and its publications."""

    id: str
    number: int
    brand_profile_id: str
    content: str
    media: tuple[str, ...]
    account_ids: tuple[str, ...]
    status: PostStatus
    created_at: datetime
    approved_at: datetime | None
    publications: tuple[PublicationView, ...]

    @classmethod
    def of(cls, written: Written) -> Self:
        """Show a row and its publications."""
        post = written.post
        return cls(
            id=post.id,
            number=written.number,
            brand_profile_id=post.brand_profile_id,
            content=post.content,
            media=tuple(post.media),
            account_ids=tuple(post.account_ids),
            status=post.status,
            created_at=post.created_at,
            approved_at=post.approved_at,
            publications=tuple(map(PublicationView.of, written.publications)),
        )


class SimilarView(Payload):
    """A post that says nearly the same."""

    post_id: str
    score: float


class MetricView(Payload):
    """The figures of a post on one account."""

    social_account_id: str
    likes: int | None
    shares: int | None
    comments: int | None
    measured_at: datetime

    @classmethod
    def of(cls, metric: Metric) -> Self:
        """Show a row."""
        return cls(
            social_account_id=metric.account_id,
            likes=metric.likes,
            shares=metric.shares,
            comments=metric.comments,
            measured_at=metric.measured_at,
        )


class MaterialView(Payload):
    """An uploaded file and what its analysis found."""

    id: str
    file: str
    kind: FileType
    status: MaterialStatus
    details: dict[str, str]
    error: str | None

    @classmethod
    def of(cls, material: Material) -> Self:
        """Show a row."""
        return cls(
            id=material.id,
            file=material.file,
            kind=material.kind,
            status=material.status,
            details=material.details,
            error=material.error,
        )


class ScheduleView(Payload):
    """A schedule and its next slot."""

    id: str
    brand_profile_id: str
    topic: str
    cron: str
    tz: str
    next: datetime | None

    @classmethod
    def of(cls, schedule: Schedule, next: datetime | None) -> Self:  # noqa: A002
        """Show a row."""
        return cls(
            id=schedule.id,
            brand_profile_id=schedule.brand_profile_id,
            topic=schedule.topic,
            cron=schedule.cron,
            tz=schedule.tz,
            next=next,
        )


class DispatchView(Payload):
    """What a dispatch made."""

    schedule_id: int
    jobs: tuple[str, ...]
    scheduled_for: datetime | None

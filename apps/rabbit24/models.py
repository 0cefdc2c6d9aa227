"""Tables: posts, and their publications on social accounts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Enum, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from hutch_database import UtcDateTime, metadata


class PostStatus(StrEnum):
    """Whether a post may be published."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"


class PublicationState(StrEnum):
    """Where a publication stands.

    PENDING → PREPARED → SENDING → PUBLISHED is the way; SENDING is committed before
    the platform is called. DEFERRED waits for the platform's limits, UNKNOWN was sent
    without an answer and is looked up, FAILED and NEEDS_REAUTH need a person. PUBLISHED
    is final.
    """

    PENDING = "PENDING"
    PREPARED = "PREPARED"
    SENDING = "SENDING"
    PUBLISHED = "PUBLISHED"
    DEFERRED = "DEFERRED"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"
    NEEDS_REAUTH = "NEEDS_REAUTH"


def new_id() -> str:
    """Make an id that nobody can guess."""
    return uuid4().hex


class Base(DeclarativeBase):
    """Base of rabbit24's tables."""

    metadata = metadata()
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime(),
        PostStatus: Enum(PostStatus, native_enum=False, length=16),
        PublicationState: Enum(PublicationState, native_enum=False, length=16),
    }


class Post(Base):
    """What a brand wants to say."""

    __tablename__ = "post"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    brand_profile_id: Mapped[str] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[PostStatus] = mapped_column(default=PostStatus.DRAFT)
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    publications: Mapped[list[Publication]] = relationship(
        back_populates="post", lazy="selectin", order_by="Publication.social_account_id"
    )


class Publication(Base):
    """A post on one social account: at most one, however often its job runs.

    Attributes:
        since: When it came into its state; for SENDING the lease begins here.
        first_sent_at: When it was first on its way: look-ups go back to it.
        not_before: While this is to come there is nothing to do.
        refused_as_duplicate: The platform says that it has this text already.
        updated_at: When anything last happened; the sweep goes by it.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("post_id", "social_account_id"),
        # Of two publications with the same text only one can be a post that is found.
        UniqueConstraint("platform", "remote_post_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[str] = mapped_column(ForeignKey("post.id"))
    social_account_id: Mapped[str]
    platform: Mapped[str]
    state: Mapped[PublicationState] = mapped_column(default=PublicationState.PENDING, index=True)
    attempt_id: Mapped[str | None]
    since: Mapped[datetime]
    first_sent_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    refused_as_duplicate: Mapped[bool] = mapped_column(default=False)
    remote_post_id: Mapped[str | None]
    remote_url: Mapped[str | None]
    error: Mapped[str | None]
    updated_at: Mapped[datetime]
    post: Mapped[Post] = relationship(back_populates="publications", lazy="raise")

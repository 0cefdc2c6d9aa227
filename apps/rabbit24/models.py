"""Tables: brands, their accounts, posts and what belongs to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hutch_database import metadata
from kit.columns import COLUMNS, new_id
from kit.publishing import Network

# SQLite would give the number of a deleted row again, to what jobs and orders did not mean.
COUNTED_ON = {"sqlite_autoincrement": True}


class PostStatus(StrEnum):
    """Whether a post may be published."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"


class FileType(StrEnum):
    """What a material is."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"


class MaterialStatus(StrEnum):
    """How far the analysis of a material is."""

    PENDING = "PENDING"
    ANALYZED = "ANALYZED"
    FAILED = "FAILED"


class Base(DeclarativeBase):
    """Base of rabbit24's tables."""

    metadata = metadata()
    type_annotation_map = COLUMNS


class Brand(Base):
    """Who speaks; a user's, or the operators' own where it has none."""

    __tablename__ = "brand_profile"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str]
    tone: Mapped[str]
    created_at: Mapped[datetime]


class SocialAccount(Base):
    """A brand's account on a network.

    Attributes:
        user_id: The network's id of it.
        tokens: Access and refresh token as JSON, encrypted for this row.
        expires_at: When the access token ends.
    """

    __tablename__ = "social_account"
    __table_args__ = (UniqueConstraint("brand_profile_id", "platform", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    brand_profile_id: Mapped[str] = mapped_column(ForeignKey("brand_profile.id"))
    platform: Mapped[Network]
    user_id: Mapped[str]
    tokens: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    connected_at: Mapped[datetime]


class Connection(Base):
    """The number of an account, as the distribution's payloads have it."""

    __tablename__ = "connection"
    __table_args__ = COUNTED_ON

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(unique=True)


class Post(Base):
    """What a brand wants to say.

    Attributes:
        media: Names of files.
        account_ids: The accounts that were chosen; empty, those connected on approval.
        slot: The slot of a schedule that it was written for: one post for each.
    """

    __tablename__ = "post"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    brand_profile_id: Mapped[str] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(Text)
    media: Mapped[list[str]]
    account_ids: Mapped[list[str]]
    slot: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[PostStatus] = mapped_column(default=PostStatus.DRAFT)
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]


class PostNumber(Base):
    """The number of a post, as the distribution's payloads have it."""

    __tablename__ = "post_number"
    __table_args__ = COUNTED_ON

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(unique=True)


class Variant(Base):
    """Other words for a post on one account."""

    __tablename__ = "post_variant"

    post_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)


class Schedule(Base):
    """Slots for which posts are written and approved by themselves."""

    __tablename__ = "schedule"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    brand_profile_id: Mapped[str] = mapped_column(ForeignKey("brand_profile.id"), index=True)
    topic: Mapped[str] = mapped_column(Text)
    media: Mapped[list[str]]
    account_ids: Mapped[list[str]]
    cron: Mapped[str]
    tz: Mapped[str]
    created_at: Mapped[datetime]


class Metric(Base):
    """What people made of a post on one account; None is what the network does not tell."""

    __tablename__ = "post_metric"

    post_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    likes: Mapped[int | None]
    shares: Mapped[int | None]
    comments: Mapped[int | None]
    measured_at: Mapped[datetime]


class Material(Base):
    """An uploaded picture or video, and what the analysis found.

    Attributes:
        size: Bytes of the file.
    """

    __tablename__ = "material"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    brand_profile_id: Mapped[str] = mapped_column(index=True)
    file: Mapped[str]
    size: Mapped[int]
    kind: Mapped[FileType]
    status: Mapped[MaterialStatus] = mapped_column(default=MaterialStatus.PENDING)
    details: Mapped[dict[str, str]]
    error: Mapped[str | None]
    created_at: Mapped[datetime]


class Credit(Base):
    """A change of a user's credits; its reason is there once."""

    __tablename__ = "credit"
    __table_args__ = (UniqueConstraint("user_id", "reason"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str]
    amount: Mapped[int]
    reason: Mapped[str]
    created_at: Mapped[datetime]


class Distribution(Base):
    """An operator's order to bring a post to connections, now or at a time.

    Attributes:
        begun_at: When the jobs of its connections were enqueued.
    """

    __tablename__ = "distribution_schedule"
    __table_args__ = COUNTED_ON

    id: Mapped[int] = mapped_column(primary_key=True)
    post_number: Mapped[int]
    connections: Mapped[list[str]]
    scheduled_for: Mapped[datetime | None]
    request_ai_assets: Mapped[bool]
    custom_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]

"""The table: publications of posts on social accounts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hutch_database import metadata
from kit.columns import COLUMNS, new_id
from kit.publishing.port import Network

FRESH = timedelta(hours=12)
"""How long what was prepared can be used: Instagram's containers and X's uploads end in a day."""


class PublicationState(StrEnum):
    """Where a publication stands.

    PENDING → PREPARED → SENDING → PUBLISHED is the way: PREPARED has its media on the
    platform, SENDING is committed before the platform is called. DEFERRED waits for an
    instant, UNKNOWN was sent without an answer and is looked up, FAILED and NEEDS_REAUTH
    need a person. PUBLISHED is final.
    """

    PENDING = "PENDING"
    PREPARED = "PREPARED"
    SENDING = "SENDING"
    PUBLISHED = "PUBLISHED"
    DEFERRED = "DEFERRED"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"
    NEEDS_REAUTH = "NEEDS_REAUTH"


class Base(DeclarativeBase):
    """Base of publishing's tables."""

    metadata = metadata()
    type_annotation_map = COLUMNS


class Publication(Base):
    """A post on one account: at most one, however often its job runs.

    Attributes:
        since: When it came into its state; for SENDING the lease begins here.
        first_sent_at: When it was first on its way: look-ups go back to it.
        not_before: While this is to come there is nothing to do.
        prepared: A JSON list of what the platform knows its media by; of Instagram, the
            container, or those of its parts.
        prepared_at: When that was made.
        refused_as_duplicate: The platform says that it has this text already.
        named_post_id: The post that it named then.
        sweeps: How often the sweep brought it back since it last had a chance.
        updated_at: When anything last happened; the sweep goes by it.
    """

    __tablename__ = "kit_publication"
    __table_args__ = (
        UniqueConstraint("post_id", "account_id"),
        # Of two publications with the same text only one can be a post that is found.
        UniqueConstraint("network", "remote_post_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[str]
    account_id: Mapped[str]
    network: Mapped[Network]
    state: Mapped[PublicationState] = mapped_column(default=PublicationState.PENDING, index=True)
    attempt_id: Mapped[str | None]
    since: Mapped[datetime]
    first_sent_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    prepared: Mapped[str | None] = mapped_column(Text)
    prepared_at: Mapped[datetime | None]
    refused_as_duplicate: Mapped[bool] = mapped_column(default=False)
    named_post_id: Mapped[str] = mapped_column(default="")
    remote_post_id: Mapped[str | None]
    remote_url: Mapped[str | None]
    error: Mapped[str | None]
    sweeps: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]

    @property
    def media(self) -> tuple[str, ...]:
        """What the platform knows its media by."""
        return tuple(json.loads(self.prepared or "[]"))

    def is_prepared(self, now: datetime) -> bool:
        """Tell whether what was prepared can be used still."""
        return self.prepared_at is not None and now - self.prepared_at < FRESH

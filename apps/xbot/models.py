"""Tables: the account, posts, their copies of X with figures, what was learned, configuration."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hutch_database import metadata
from kit.columns import COLUMNS

ACCOUNT = "x"
"""The id of the one account that the bot posts with."""


class PostStatus(StrEnum):
    """Where a post stands.

    WAITING → POSTED is the way. REFUSED says the same as another one; FAILED is what X, or the
    account, does not allow; CANCELLED was taken back by an operator.
    """

    WAITING = "WAITING"
    POSTED = "POSTED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Base(DeclarativeBase):
    """Base of xBOT's tables."""

    metadata = metadata()
    type_annotation_map = COLUMNS


class BotAccount(Base):
    """The account on X.

    Attributes:
        user_id: X's number of it.
        tokens: Access and refresh token as JSON, encrypted for this row.
    """

    __tablename__ = "bot_account"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    tokens: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    connected_at: Mapped[datetime]


class BotConfig(Base):
    """One value of the configuration; every change raises its version."""

    __tablename__ = "bot_config"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    version: Mapped[int]
    changed_at: Mapped[datetime]


class Post(Base):
    """A post with its time.

    Attributes:
        id: That of the draft it was.
        tags: The hashtags in it, in lower case.
        content_hash: Of the text, as duplicates are told by.
        score: The model's opinion when it was scheduled, 0 to 1; None before it had one.
        reason: Why it is REFUSED or FAILED, or what it waits for.
    """

    __tablename__ = "bot_post"

    id: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(index=True)
    tags: Mapped[list[str]]
    content_hash: Mapped[str] = mapped_column(index=True)
    priority: Mapped[int]
    scheduled_for: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[PostStatus] = mapped_column(index=True)
    score: Mapped[float | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class Tweet(Base):
    """A post as it stands on X: written behind what Redis has of it.

    Attributes:
        id: X's own.
        ask_at: When its figures are to be asked for.
        likes: None until its figures are known.
        measured_at: When X told these figures.
    """

    __tablename__ = "tweet"

    id: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(index=True)
    tags: Mapped[list[str]]
    url: Mapped[str]
    posted_at: Mapped[datetime] = mapped_column(index=True)
    ask_at: Mapped[datetime] = mapped_column(index=True)
    likes: Mapped[int | None]
    shares: Mapped[int | None]
    replies: Mapped[int | None]
    measured_at: Mapped[datetime | None]


class Reward(Base):
    """What a tweet taught: one row for each, ever.

    Attributes:
        features: What the model sees of it.
        engagement: What it came to.
        success: Whether that was at least the baseline of its time.
        learned_at: Names the batch it was learned in; batches have rising instants.
    """

    __tablename__ = "reward"

    tweet_id: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str]
    hour: Mapped[int]
    tags: Mapped[list[str]]
    features: Mapped[dict[str, float]]
    engagement: Mapped[int]
    success: Mapped[bool]
    learned_at: Mapped[datetime] = mapped_column(index=True)


class Model(Base):
    """The last model that was trained, by its version.

    Attributes:
        accuracy: The share of rewards it foretells that it was not trained with.
        baseline: The share that one gets right by always saying what is more frequent.
        learned_at: The last batch of rewards that it was trained with.
    """

    __tablename__ = "model"

    version: Mapped[str] = mapped_column(primary_key=True)
    weights: Mapped[dict[str, float]]
    accuracy: Mapped[float]
    baseline: Mapped[float]
    samples: Mapped[int]
    trained_at: Mapped[datetime]
    learned_at: Mapped[datetime | None]

"""Payloads: what comes over HTTP, travels in jobs and is kept in Redis."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field

from kit.asked import Asked, Instant, Token, readable
from kit.payloads import Payload

ID = r"^[A-Za-z0-9_-]{1,64}$"
MOST = 2**31 - 1
"""The largest whole number that PostgreSQL keeps in an integer column."""
TOPIC = r"^[a-z0-9][a-z0-9_-]{0,39}$"


Words = Annotated[str, Field(max_length=10_000, repr=False), AfterValidator(readable)]
Topic = Annotated[str, Field(pattern=TOPIC)]


class NewAccount(Asked):
    """The bot's account, as X gave it to its owner."""

    user_id: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
    access_token: Token
    refresh_token: Token
    expires_at: Instant


class AccountView(Payload):
    """The bot's account, without its tokens."""

    user_id: str
    expires_at: datetime
    connected_at: datetime


class NewDraft(Asked):
    """A text to be kept for an hour."""

    text: Words
    topic: Topic


class Draft(Payload):
    """A text that is not scheduled yet."""

    id: str
    text: str = Field(repr=False)
    topic: str
    score: float | None


class NewSchedule(Asked):
    """When a draft is to be posted; without a time, or with one that is over, at once."""

    at: Instant | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50


class PostView(Payload):
    """A scheduled post and where it stands.

    ``not_before`` says until when it waits for a limit, ``url`` where it is on X.
    """

    id: str
    text: str = Field(repr=False)
    topic: str
    priority: int
    scheduled_for: datetime
    status: str
    score: float | None
    reason: str | None
    not_before: datetime | None = None
    url: str | None = None


class PendingPost(Payload):
    """The payload of ``pending_posts``."""

    post_id: str


class TweetData(Payload):
    """A tweet as Redis has it, and as the database gets it."""

    id: str
    post_id: str
    text: str = Field(repr=False)
    topic: str
    tags: tuple[str, ...]
    url: str
    posted_at: AwareDatetime
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    measured_at: AwareDatetime | None = None


class ConfigChange(Asked):
    """A new value, and the version that it takes the place of."""

    version: int = Field(ge=0, lt=MOST)
    value: dict[str, Any]


class ConfigView(Payload):
    """A value of the configuration; version 0 was never changed."""

    key: str
    version: int
    value: dict[str, Any]


class Suggestion(Payload):
    """What to post next, and when: drawn by what was learned."""

    topic: str | None
    hour: int
    at: datetime
    text: str | None = Field(repr=False)


class BeliefView(Payload):
    """What is believed of a topic, an hour or a tag.

    ``mean`` is the expected share of successes, ``low`` and ``high`` hold 9 of 10 draws.
    """

    name: str
    successes: int
    failures: int
    mean: float
    low: float
    high: float


class ModelView(Payload):
    """The model that scores drafts."""

    version: str
    weights: dict[str, float]
    accuracy: float
    baseline: float
    samples: int
    trained_at: AwareDatetime


class LearningView(Payload):
    """What was learned so far."""

    topics: tuple[BeliefView, ...]
    hours: tuple[BeliefView, ...]
    tags: tuple[BeliefView, ...]
    baseline: float
    learned: int
    model: ModelView | None


class TopicFigures(Payload):
    """How the tweets of a topic did."""

    topic: str
    tweets: int
    measured: int
    likes: int
    shares: int
    replies: int


class DayFigures(Payload):
    """What a day brought."""

    day: str
    tweets: int
    likes: int


class StatisticsView(Payload):
    """Figures from the database, and what the bot did today and in this hour.

    ``posts_left`` is how many more it may post in this hour.
    """

    topics: tuple[TopicFigures, ...]
    days: tuple[DayFigures, ...]
    today: dict[str, int]
    hour: dict[str, int]
    posts_left: int

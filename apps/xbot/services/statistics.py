"""Statistics: how tweets did, from the database, and what the bot did, from its counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from hutch_database import Database
from hutch_metrics import Metrics
from xbot.models import Tweet
from xbot.schemas import DayFigures, StatisticsView, TopicFigures
from xbot.services.limits import ConfiguredLimits

DAYS = 14


@dataclass(frozen=True, slots=True)
class Statistics:
    """Reads the figures."""

    database: Database
    metrics: Metrics
    limits: ConfiguredLimits

    async def view(self) -> StatisticsView:
        """Tell all of them.

        Raises:
            MetricsUnavailable: The counts cannot be read.
            LimiterUnavailable: The limit cannot be read.
        """
        return StatisticsView(
            topics=tuple(await self._topics()),
            days=tuple(await self._days(datetime.now(UTC).date())),
            today=await self.metrics.daily(),
            hour=await self.metrics.hourly(),
            posts_left=await self.limits.posts_left(),
        )

    async def _topics(self) -> list[TopicFigures]:
        query = (
            select(
                Tweet.topic,
                func.count(),
                func.count(Tweet.measured_at),
                _sum(Tweet.likes),
                _sum(Tweet.shares),
                _sum(Tweet.replies),
            )
            .group_by(Tweet.topic)
            .order_by(Tweet.topic)
        )
        async with self.database.session() as session:
            rows = (await session.execute(query)).all()
        names = ("topic", "tweets", "measured", "likes", "shares", "replies")
        return [TopicFigures.model_validate(dict(zip(names, row, strict=True))) for row in rows]

    async def _days(self, today: date) -> list[DayFigures]:
        """Sum up the last 14 days, those without tweets too."""
        first = today - timedelta(days=DAYS - 1)
        since = datetime(first.year, first.month, first.day, tzinfo=UTC)
        query = select(Tweet.posted_at, Tweet.likes).where(Tweet.posted_at >= since)
        async with self.database.session() as session:
            rows = (await session.execute(query)).all()
        tweets = dict.fromkeys((first + timedelta(days=n) for n in range(DAYS)), 0)
        likes = dict(tweets)
        for posted_at, liked in rows:
            day = posted_at.astimezone(UTC).date()
            tweets[day] = tweets.get(day, 0) + 1
            likes[day] = likes.get(day, 0) + (liked or 0)
        return [
            DayFigures(day=day.isoformat(), tweets=count, likes=likes[day])
            for day, count in tweets.items()
        ]


def _sum(column: InstrumentedAttribute[int | None]) -> ColumnElement[Any]:
    """Sum up what is known."""
    return func.coalesce(func.sum(column), literal(0))

"""Tweets over HTTP, from Redis or the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hutch.http import Path, Query, controller, get, guard
from hutch_auth import OPERATOR, RequireRole
from xbot.schemas import ID, TOPIC, StatisticsView, TweetData
from xbot.services.statistics import Statistics
from xbot.services.tweets import Tweets

TweetId = Annotated[str, Path(pattern=ID)]


@guard(RequireRole(OPERATOR))
@controller("/api")
@dataclass
class TweetsController:
    """What stands on X, and how it does."""

    tweets: Tweets
    statistics: Statistics

    @get("/tweets")
    async def recent(self) -> list[TweetData]:
        """List the newest tweets."""
        return await self.tweets.recent()

    @get("/tweets/stored")
    async def stored(
        self,
        topic: Annotated[str, Query(pattern=TOPIC)],
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
    ) -> list[TweetData]:
        """List the newest tweets of a topic as the database has them, the oldest of them first."""
        return await self.tweets.stored(topic, limit)

    @get("/tweets/{tweet_id}")
    async def read(self, tweet_id: TweetId) -> TweetData:
        """Read a tweet."""
        return await self.tweets.get(tweet_id)

    @get("/statistics")
    async def figures(self) -> StatisticsView:
        """Sum up how tweets did, and what the bot did."""
        return await self.statistics.view()

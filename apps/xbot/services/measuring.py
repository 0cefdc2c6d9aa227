"""Measuring: asks X what people made of tweets, a hundred in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from hutch_database import Database
from kit.platforms import Metrics, XClient
from kit.publishing import AccessTokens
from xbot.models import ACCOUNT, Tweet
from xbot.schemas import TweetData
from xbot.services.account import StoredAccount
from xbot.services.limits import ConfiguredLimits
from xbot.services.tweets import Tweets, data_of
from xbot.settings import XbotSettings

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Measuring:
    """Finds what is due, and asks."""

    database: Database
    account: StoredAccount
    tokens: AccessTokens
    x: XClient
    limits: ConfiguredLimits
    tweets: Tweets
    settings: XbotSettings

    async def due(self) -> list[TweetData]:
        """List up to 100 tweets that are to be asked for, the longest due first."""
        now = datetime.now(UTC)
        oldest = now - timedelta(days=self.settings.measured_days)
        query = (
            select(Tweet)
            .where(Tweet.ask_at <= now, Tweet.posted_at > oldest)
            .order_by(Tweet.ask_at, Tweet.id)
            .limit(AT_ONCE)
        )
        async with self.database.session() as session:
            return [data_of(row) for row in await session.scalars(query)]

    async def measure(self, due: Sequence[TweetData]) -> list[TweetData]:
        """Ask for the figures of up to 100 tweets; return those that X shows, with them.

        Raises:
            RateLimited: The calls of this minute are used up.
            PlatformError: X did not tell.
        """
        await self.limits.call()
        account = await self.account.get(ACCOUNT)
        ids = [tweet.id for tweet in due]
        told = await self.tokens.call(account, lambda token: self.x.metrics(token, ids))
        now = datetime.now(UTC)
        found = [_with(tweet, told[tweet.id], now) for tweet in due if tweet.id in told]
        await self.tweets.measured(found)
        return found

    async def asked(self, tweets: Sequence[TweetData]) -> None:
        """Note when tweets are to be asked for again; those X does not show, too."""
        now = datetime.now(UTC)
        async with self.database.session() as session:
            for tweet in tweets:
                statement = update(Tweet).where(Tweet.id == tweet.id)
                await session.execute(statement.values(ask_at=self._next(tweet, now)))

    def _next(self, tweet: TweetData, now: datetime) -> datetime:
        """Ask again in a while, and as soon as a tweet's figures have settled."""
        again = now + timedelta(seconds=self.settings.measure_every)
        settled = tweet.posted_at + timedelta(seconds=self.settings.settled_after)
        return min(again, settled) if settled > now else again


def _with(tweet: TweetData, figures: Metrics, at: datetime) -> TweetData:
    return tweet.model_copy(
        update={
            "likes": figures.likes,
            "shares": figures.shares,
            "replies": figures.comments,
            "measured_at": at,
        }
    )

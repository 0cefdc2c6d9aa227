"""Tweets, in two stores: Redis has them first, the database gets them behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import or_, select, update

from hutch_cache import Cache
from hutch_database import Database, insert
from xbot.configuration import RedisConfig
from xbot.keys import RECENT, TWEET
from xbot.models import Tweet
from xbot.schemas import TweetData
from xbot.services.configuration import Configuration
from xbot.services.errors import Missing


@dataclass(frozen=True, slots=True)
class Tweets:
    """What stands on X."""

    cache: Cache
    database: Database
    configuration: Configuration

    async def show(self, tweet: TweetData) -> None:
        """Put a new tweet into Redis, first among the recent ones."""
        await self.cache.set(TWEET.key(tweet.id), tweet)
        most = (await self.configuration.get(RedisConfig)).recent_tweets
        others = [other for other in await self.recent() if other.id != tweet.id]
        await self.cache.set(RECENT.key(), [tweet, *others][:most])

    async def measured(self, tweets: Sequence[TweetData]) -> None:
        """Put figures into Redis."""
        for tweet in tweets:
            await self.cache.set(TWEET.key(tweet.id), tweet)

    async def get(self, tweet_id: str) -> TweetData:
        """Return a tweet, from the database where Redis has forgotten it.

        Raises:
            Missing: There is none of this id.
        """
        return await self.cache.get_or_load(TWEET.key(tweet_id), lambda: self._stored(tweet_id))

    async def recent(self) -> list[TweetData]:
        """List the newest tweets, from the database where Redis has forgotten them."""
        return await self.cache.get_or_load(RECENT.key(), self._newest)

    async def stored(self, topic: str, limit: int) -> list[TweetData]:
        """List the newest tweets of a topic in the database, the oldest of them first."""
        newest = (Tweet.posted_at.desc(), Tweet.id.desc())
        query = select(Tweet).where(Tweet.topic == topic).order_by(*newest).limit(limit)
        async with self.database.session() as session:
            rows = (await session.scalars(query)).all()
        return [data_of(row) for row in reversed(rows)]

    async def store(self, tweet: TweetData) -> None:
        """Write a tweet into the database; again is no change.

        Raises:
            CacheUnavailable: It is written, but the recent tweets are not made anew.
        """
        values = tweet.model_dump(by_alias=False)
        values |= {"tags": list(tweet.tags), "ask_at": tweet.posted_at}
        async with self.database.session() as session:
            await session.execute(insert(session, Tweet).values(values).on_conflict_do_nothing())
        await self.cache.delete(RECENT.key())

    async def store_figures(self, tweet: TweetData) -> None:
        """Write a tweet's figures into the database, unless it has newer ones.

        Raises:
            CacheUnavailable: They are written, but the recent tweets are not made anew.
        """
        await self.store(tweet)
        older = or_(Tweet.measured_at.is_(None), Tweet.measured_at < tweet.measured_at)
        async with self.database.session() as session:
            await session.execute(
                update(Tweet)
                .where(Tweet.id == tweet.id, older)
                .values(
                    likes=tweet.likes,
                    shares=tweet.shares,
                    replies=tweet.replies,
                    measured_at=tweet.measured_at,
                )
            )
        await self.cache.delete(RECENT.key())

    async def _stored(self, tweet_id: str) -> TweetData:
        async with self.database.session() as session:
            found = await session.get(Tweet, tweet_id)
        if found is None:
            raise Missing(f"There is no tweet {tweet_id!r}.")
        return data_of(found)

    async def _newest(self) -> list[TweetData]:
        most = (await self.configuration.get(RedisConfig)).recent_tweets
        query = select(Tweet).order_by(Tweet.posted_at.desc(), Tweet.id.desc()).limit(most)
        async with self.database.session() as session:
            return [data_of(row) for row in await session.scalars(query)]


def data_of(row: Tweet) -> TweetData:
    """Make of a row what travels and is cached."""
    return TweetData(
        id=row.id,
        post_id=row.post_id,
        text=row.text,
        topic=row.topic,
        tags=tuple(row.tags),
        url=row.url,
        posted_at=row.posted_at.astimezone(UTC),
        likes=row.likes,
        shares=row.shares,
        replies=row.replies,
        measured_at=row.measured_at,
    )

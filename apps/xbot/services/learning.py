"""Learning: makes rewards of settled tweets, and moves the counters of the arms.

The rewards in the database are the truth. They come in batches with rising instants, and
the counters' mark, ``learn:last_ingest``, is the instant of the last batch that they have.
So a batch counts once, whenever a worker dies, and lost counters come back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from hutch_cache import Cache, CacheUnavailable
from hutch_database import Database, Session
from kit.tallies import Name, Step, Tallies
from xbot.configuration import BanditPriors
from xbot.keys import BASELINE, LAST_INGEST, arm
from xbot.models import Reward, Tweet
from xbot.services.configuration import Configuration
from xbot.services.features import features_of
from xbot.settings import XbotSettings

AT_ONCE = 500
SMALLEST = timedelta(microseconds=1)
LATE = timedelta(days=30)
"""How long a tweet can be learned from after it was measured last, where learning was off."""


@dataclass(frozen=True, slots=True)
class Learning:
    """One learner at a time: hold the lock ``learn:processing_lock``."""

    database: Database
    tallies: Tallies
    cache: Cache
    configuration: Configuration
    settings: XbotSettings

    async def ingest(self) -> int:
        """Make rewards of the tweets that have settled, up to 500, and count them.

        Returns:
            How many there were.

        Raises:
            TalliesUnavailable: They are not counted yet; the next call does it.
        """
        priors = await self.configuration.get(BanditPriors)
        async with self.database.session() as session:
            settled = await self._settled(session)
            if settled:
                baseline = await _baseline(session, priors)
                at = await _next_instant(session)
                session.add_all([_reward(tweet, baseline, at) for tweet in settled])
        await self._count()
        return len(settled)

    async def baseline(self) -> float:
        """Return the engagement that counts as a success from now on."""
        known = await self.cache.get(BASELINE.key())
        return await self._stored_baseline() if known is None else known

    async def learned(self) -> int:
        """Count the tweets that were learned from."""
        async with self.database.session() as session:
            return await session.scalar(select(func.count()).select_from(Reward)) or 0

    async def _settled(self, session: Session) -> list[Tweet]:
        settling, now = timedelta(seconds=self.settings.settled_after), datetime.now(UTC)
        oldest = now - timedelta(days=self.settings.measured_days) - LATE
        query = (
            select(Tweet)
            .outerjoin(Reward, Reward.tweet_id == Tweet.id)
            .where(
                Reward.tweet_id.is_(None),
                Tweet.measured_at.is_not(None),
                Tweet.posted_at.between(oldest, now - settling),
            )
            .order_by(Tweet.posted_at)
        )
        settled = list[Tweet]()
        # Figures from before it had settled say too little. Such a tweet may stay for ever,
        # when X shows it no more: it must not keep others from being learned from.
        async for tweet in await session.stream_scalars(query):
            if tweet.measured_at and tweet.measured_at >= tweet.posted_at + settling:
                settled.append(tweet)
            if len(settled) == AT_ONCE:
                break
        return settled

    async def _count(self) -> None:
        """Bring the counters from their mark to the last batch."""
        mark = await self.tallies.mark(LAST_INGEST)
        batches = await self._batches(mark)
        if batches:
            # Before the mark moves: who dies in between is followed by one who does it again.
            baseline = await self._stored_baseline()
            if not await self.cache.set(BASELINE.key(), baseline):
                raise CacheUnavailable("The baseline cannot be kept: the cache does not answer.")
        for at, rewards in batches:
            to = at.isoformat()
            step = Step(LAST_INGEST, mark, to, _increments(rewards))
            if not await self.tallies.advance(step):
                return  # Another learner has moved it, and goes on.
            mark = to

    async def _batches(self, mark: str) -> list[tuple[datetime, list[Reward]]]:
        query = select(Reward).order_by(Reward.learned_at)
        if mark:
            query = query.where(Reward.learned_at > datetime.fromisoformat(mark))
        batches: dict[datetime, list[Reward]] = {}
        async with self.database.session() as session:
            for reward in await session.scalars(query):
                batches.setdefault(reward.learned_at, []).append(reward)
        return list(batches.items())

    async def _stored_baseline(self) -> float:
        priors = await self.configuration.get(BanditPriors)
        async with self.database.session() as session:
            return await _baseline(session, priors)


async def _baseline(session: Session, priors: BanditPriors) -> float:
    mean = await session.scalar(select(func.avg(Reward.engagement)))
    return priors.baseline if mean is None else float(mean)


async def _next_instant(session: Session) -> datetime:
    last = await session.scalar(select(func.max(Reward.learned_at)))
    now = datetime.now(UTC)
    return now if last is None else max(now, last + SMALLEST)


def _reward(tweet: Tweet, baseline: float, at: datetime) -> Reward:
    engagement = sum(figure or 0 for figure in (tweet.likes, tweet.shares, tweet.replies))
    return Reward(
        tweet_id=tweet.id,
        topic=tweet.topic,
        hour=tweet.posted_at.astimezone(UTC).hour,
        tags=tweet.tags,
        features=features_of(tweet.text, tweet.topic, tweet.posted_at.astimezone(UTC)),
        engagement=engagement,
        success=engagement >= baseline,
        learned_at=at,
    )


def _increments(rewards: Sequence[Reward]) -> dict[Name, int]:
    counts = Counter[Name]()
    for reward in rewards:
        outcome = "alpha" if reward.success else "beta"
        counts[arm("topic", reward.topic, outcome)] += 1
        counts[arm("hour", reward.hour, outcome)] += 1
        counts.update(arm("tag", tag, outcome) for tag in reward.tags)
    return dict(counts)

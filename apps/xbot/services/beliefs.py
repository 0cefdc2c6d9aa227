"""Beliefs: what the counters and the priors say of topics, hours and tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import select

from hutch_database import Database
from kit.tallies import Tallies
from xbot.configuration import BanditPriors
from xbot.keys import arm
from xbot.models import Reward
from xbot.schemas import BeliefView
from xbot.services.bandit import Belief, choose
from xbot.services.configuration import Configuration
from xbot.services.posts import Posts

HOURS = [str(hour) for hour in range(24)]
OUTCOMES = ("alpha", "beta")
MOST_TAGS = 50
_LATEST = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What to post about, and when.

    Attributes:
        topic: None where nothing was ever posted.
        hour: In UTC.
        at: The next instant that this hour begins.
    """

    topic: str | None
    hour: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Reads the counters, and chooses by them."""

    tallies: Tallies
    configuration: Configuration
    posts: Posts
    database: Database

    async def choose(self, random: Random, now: datetime) -> Choice:
        """Draw a topic and an hour; the same seed makes the same choice.

        Raises:
            TalliesUnavailable: The counters cannot be read.
        """
        topics = await self._of("topic", await self.posts.topics())
        hours = await self._of("hour", HOURS)
        hour = int(choose(hours, random).name)
        topic = choose(topics, random).name if topics else None
        return Choice(topic, hour, next_hour(hour, now))

    async def topics(self) -> list[BeliefView]:
        """Tell what is believed of each topic, the best first."""
        return await self._views("topic", await self.posts.topics())

    async def hours(self) -> list[BeliefView]:
        """Tell what is believed of each hour of the day, in UTC, from 0 on."""
        views = await self._views("hour", HOURS)
        return sorted(views, key=lambda view: int(view.name))

    async def tags(self) -> list[BeliefView]:
        """Tell what is believed of the tags that were used lately, the best first."""
        query = select(Reward.tags).order_by(Reward.learned_at.desc()).limit(_LATEST)
        async with self.database.session() as session:
            found = [tag for tags in await session.scalars(query) for tag in tags]
        return await self._views("tag", list(dict.fromkeys(found))[:MOST_TAGS])

    async def _views(self, kind: str, names: Sequence[str]) -> list[BeliefView]:
        priors = await self.configuration.get(BanditPriors)
        beliefs = await self._of(kind, names)
        views = (_view(belief, priors) for belief in beliefs)
        return sorted(views, key=lambda view: (-view.mean, view.name))

    async def _of(self, kind: str, names: Iterable[str]) -> list[Belief]:
        priors = await self.configuration.get(BanditPriors)
        arms = list(names)
        keys = [arm(kind, name, outcome) for name in arms for outcome in OUTCOMES]
        counts = await self.tallies.read(keys)
        return [
            Belief(name, priors.alpha + won, priors.beta + lost)
            for name, won, lost in zip(arms, counts[::2], counts[1::2], strict=True)
        ]


def next_hour(hour: int, now: datetime) -> datetime:
    """Return the next instant, in UTC, at which an hour of the day begins."""
    start = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return start if start > now else start + timedelta(days=1)


def _view(belief: Belief, priors: BanditPriors) -> BeliefView:
    low, high = belief.range()
    return BeliefView(
        name=belief.name,
        successes=round(belief.alpha - priors.alpha),
        failures=round(belief.beta - priors.beta),
        mean=belief.mean,
        low=low,
        high=high,
    )

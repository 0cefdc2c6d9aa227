"""Limits: how often the bot posts in an hour, and calls X in a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hutch_ratelimit import RateLimiter
from kit.publishing import Account, Gate
from xbot.configuration import RateLimits
from xbot.keys import calls_this_minute, posts_this_hour
from xbot.services.configuration import Configuration
from xbot.settings import XbotSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOONEST = timedelta(seconds=1)
"""A job that is snoozed runs again no sooner; before that not all would come together."""


@dataclass(frozen=True, slots=True)
class ConfiguredLimits(Gate):
    """The limits, as the configuration has them now."""

    limiter: RateLimiter
    configuration: Configuration
    settings: XbotSettings

    async def admit(self, account: Account, publication_id: str) -> datetime | None:
        """Take a post of this hour and a call of this minute, both or none.

        Returns:
            None, or when to ask again. An operator may raise the limit before it resets. All
            that wait ask at the same instants, so the queue lets them in by their priority.

        Raises:
            LimiterUnavailable: They cannot be counted now.
        """
        limits = await self.configuration.get(RateLimits)
        decision = await self.limiter.take(
            posts_this_hour(limits.posting_per_hour),
            calls_this_minute(limits.api_per_minute),
            token=publication_id,
        )
        if decision.allowed:
            return None
        pause, earliest = timedelta(seconds=self.settings.ask_again), datetime.now(UTC) + SOONEST
        return earliest + (EPOCH - earliest) % pause

    async def call(self) -> None:
        """Take a call of this minute.

        Raises:
            RateLimited: None is left.
            LimiterUnavailable: They cannot be counted now.
        """
        limits = await self.configuration.get(RateLimits)
        await self.limiter.take_or_raise(calls_this_minute(limits.api_per_minute))

    async def posts_left(self) -> int:
        """Tell how many posts are left in this hour."""
        limits = await self.configuration.get(RateLimits)
        return (await self.limiter.peek(posts_this_hour(limits.posting_per_hour))).remaining

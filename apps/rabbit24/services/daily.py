"""How often a brand may post on a network in a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hutch_ratelimit import Limits, RateLimiter
from kit.publishing import Account, Gate, Network
from rabbit24.keys import posts_today
from rabbit24.services.errors import RateLimitExceededError


@dataclass(frozen=True, slots=True)
class DailyLimits(Gate):
    """Takes one of the day's posts before one is sent."""

    limiter: RateLimiter
    limits: Limits

    async def take(self, brand_profile_id: str, network: Network, token: str) -> None:
        """Take one; the same token takes once a day.

        Raises:
            RateLimitExceededError: None is left today.
            LimiterUnavailable: It cannot be counted now.
        """
        counter = posts_today(self.limits, brand_profile_id, network)
        decision = await self.limiter.take(counter, token=token)
        if not decision.allowed:
            raise RateLimitExceededError(network.lower(), decision.retry_after)

    async def admit(self, account: Account, publication_id: str) -> datetime | None:
        """Let a post pass, or say when the day's count begins anew."""
        try:
            await self.take(account.owner, account.network, publication_id)
        except RateLimitExceededError as limit:
            return datetime.now(UTC) + timedelta(seconds=limit.seconds)
        return None

    async def left(self, brand_profile_id: str, network: Network) -> int:
        """Tell how many posts are left today."""
        counter = posts_today(self.limits, brand_profile_id, network)
        return (await self.limiter.peek(counter)).remaining

"""Waiting for a platform that processes media."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kit.platforms.outcomes import RetryBackoff
from kit.platforms.settings import PlatformSettings


@dataclass(frozen=True, slots=True)
class Polling:
    """How often and how long to look, in seconds."""

    interval: float
    limit: float

    @classmethod
    def of(cls, settings: PlatformSettings) -> Polling:
        """Read it from the settings."""
        return cls(settings.media_poll_interval, settings.media_poll_limit)

    async def until(self, ready: Callable[[], Awaitable[bool]], what: str) -> None:
        """Look until it is ready.

        Raises:
            RetryBackoff: It takes too long; nothing is published.
            PlatformError: What ``ready`` raises.
        """
        waited = 0.0
        while not await ready():
            if waited >= self.limit:
                raise RetryBackoff(
                    f"{what} is still being processed after {waited:g} s "
                    "(platforms.media_poll_limit): try again later."
                )
            await asyncio.sleep(self.interval)
            waited += self.interval

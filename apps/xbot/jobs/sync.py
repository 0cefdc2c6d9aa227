"""The ``sync_to_supabase`` queue: what Redis had first is written to the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hutch import intercept
from hutch_lock import Locks
from hutch_queue import exponential, job, processor
from xbot.jobs.waiting import SnoozeWhileAway
from xbot.keys import SYNC_LOCK
from xbot.schemas import TweetData
from xbot.services.configuration import Configuration
from xbot.services.tweets import Tweets
from xbot.settings import XbotSettings

PATIENCE = timedelta(seconds=5)
"""How long a job waits for another one that writes."""


@processor("sync_to_supabase", concurrency=2)
@dataclass
class SyncJobs:
    """Writes behind, one job at a time; each may run twice and changes nothing then."""

    tweets: Tweets
    configuration: Configuration
    locks: Locks
    settings: XbotSettings

    @job(name="tweet", priority=50, attempts=3, backoff=exponential(1))
    @intercept(SnoozeWhileAway)
    async def tweet(self, data: TweetData) -> None:
        """Write a new tweet."""
        ttl = timedelta(seconds=self.settings.sync_lock)
        async with self.locks.hold(SYNC_LOCK, ttl=ttl, wait=PATIENCE):
            await self.tweets.store(data)

    @job(name="figures", priority=50, attempts=3, backoff=exponential(1))
    @intercept(SnoozeWhileAway)
    async def figures(self, data: TweetData) -> None:
        """Write a tweet's figures; older ones never take the place of newer ones."""
        ttl = timedelta(seconds=self.settings.sync_lock)
        async with self.locks.hold(SYNC_LOCK, ttl=ttl, wait=PATIENCE):
            await self.tweets.store_figures(data)

    @job(name="config", priority=50, attempts=3, backoff=exponential(1))
    @intercept(SnoozeWhileAway)
    async def config(self, key: str) -> None:
        """Let all see a changed value, also where Redis was away when it changed."""
        await self.configuration.show(key)

"""The ``analytics_processing`` queue: figures come in, and are learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from hutch import intercept
from hutch_lock import Locks
from hutch_metrics import Metrics
from hutch_queue import Queue, cron, exponential, job, processor
from hutch_ratelimit import SnoozeWhenLimited
from kit.platforms import FailPermanent, NeedsReauth, SnoozeWhenTold
from xbot.configuration import FeatureFlags
from xbot.jobs.sync import SyncJobs
from xbot.jobs.waiting import SnoozeWhileAway
from xbot.keys import LEARN_LOCK
from xbot.schemas import TweetData
from xbot.services.configuration import Configuration
from xbot.services.learning import Learning
from xbot.services.measuring import Measuring
from xbot.services.training import Training
from xbot.settings import XbotSettings

_log = structlog.get_logger(__name__)


@processor("analytics_processing", concurrency=2)
@dataclass
class AnalyticsJobs:
    """Measures tweets and learns from them."""

    queue: Queue
    measuring: Measuring
    learning: Learning
    training: Training
    configuration: Configuration
    locks: Locks
    metrics: Metrics
    settings: XbotSettings

    @cron("* * * * * */3", overlap=False)
    @job(name="measure", priority=25, attempts=5, backoff=exponential(1))
    @intercept(SnoozeWhenLimited, SnoozeWhenTold, SnoozeWhileAway)
    async def measure(self) -> int:
        """Ask X for the figures that are due, in one call; return how many came."""
        due = await self.measuring.due()
        if not due:
            return 0
        found = await self._ask(due)
        calls = [
            SyncJobs.figures(tweet).with_options(key=f"figures-{tweet.id}", replace=True)
            for tweet in found
        ]
        await self.queue.enqueue_all(calls)
        # After the jobs are stored: who dies in between is followed by one who asks again.
        await self.measuring.asked(due)
        if found:
            self.metrics.count("measured", len(found))
        return len(found)

    @cron("* * * * * */3", overlap=False)
    @job(name="learn", priority=25, attempts=5, backoff=exponential(1))
    @intercept(SnoozeWhileAway)
    async def learn(self) -> int:
        """Learn from the tweets that have settled; return how many those were."""
        if not (await self.configuration.get(FeatureFlags)).learning:
            return 0
        ttl = timedelta(seconds=self.settings.learn_lock)
        async with self.locks.hold(LEARN_LOCK, ttl=ttl):
            learned = await self.learning.ingest()
            await self.training.train()
        if learned:
            self.metrics.count("learned", learned)
        return learned

    async def _ask(self, due: Sequence[TweetData]) -> list[TweetData]:
        try:
            return await self.measuring.measure(due)
        except (FailPermanent, NeedsReauth) as error:
            # Others are asked for meanwhile; these again when their time has come.
            _log.warning("tweets cannot be measured", reason=str(error))
            return []

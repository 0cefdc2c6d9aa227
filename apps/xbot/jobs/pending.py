"""The ``pending_posts`` queue: each post at its time, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from hutch import intercept
from hutch_lock import DuplicateContent, Locks
from hutch_metrics import Metrics
from hutch_queue import Queue, Snooze, cron, exponential, job, processor
from hutch_ratelimit import SnoozeWhenLimited
from kit.platforms import NeedsReauth
from xbot.configuration import FeatureFlags
from xbot.jobs.sync import SyncJobs
from xbot.jobs.waiting import SnoozeWhileAway
from xbot.keys import POSTING_LOCK
from xbot.models import Post, PostStatus
from xbot.schemas import PendingPost, TweetData
from xbot.services.configuration import Configuration
from xbot.services.errors import Missing, PostFailed, Refused
from xbot.services.posting import Posting
from xbot.services.posts import Posts
from xbot.services.tweets import Tweets
from xbot.settings import XbotSettings

FINAL = (Missing, PostFailed)

_log = structlog.get_logger(__name__)


@processor("pending_posts", concurrency=1)
@dataclass
class PendingJobs:
    """Posts what is due, and looks after what got lost."""

    queue: Queue
    posts: Posts
    posting: Posting
    tweets: Tweets
    configuration: Configuration
    locks: Locks
    metrics: Metrics
    settings: XbotSettings

    @job(name="post", attempts=5, backoff=exponential(1), timeout=120, no_retry=FINAL)
    @intercept(SnoozeWhenLimited, SnoozeWhileAway)
    async def post(self, data: PendingPost) -> str | None:
        """Publish a post and return X's id of it; None where it is not to be published.

        May run twice; the post appears once. Waiting uses up no attempt.
        """
        post = await self.posts.get(data.post_id)
        if post.status is not PostStatus.WAITING:
            return None
        await self._wait_while_off()
        try:
            tweet = await self._publish(post)
        except DuplicateContent as error:
            await self._end(post, PostStatus.REFUSED, str(error))
            return None
        except NeedsReauth as error:
            await self.posts.wait(post.id, str(error))
            raise Snooze(timedelta(seconds=self.settings.ask_again)) from error
        except PostFailed as error:
            await self._end(post, PostStatus.FAILED, str(error))
            raise
        except Refused:
            return None  # It was taken back a moment ago.
        await self._write(tweet)
        await self._end(post, PostStatus.POSTED)
        return tweet.id

    @cron("* * * * * */10")
    @job(name="sweep", attempts=1)
    @intercept(SnoozeWhileAway)
    async def sweep(self) -> None:
        """Enqueue again what is overdue, posts and tweets, whatever became of their jobs."""
        for post in await self.posts.overdue():
            await self.queue.enqueue(
                PendingJobs.post(PendingPost(post_id=post.id)), key=post.id, priority=post.priority
            )
        for post in await self.posts.unwritten():
            await self._write(await self.posting.tweet(post))

    async def _wait_while_off(self) -> None:
        if not (await self.configuration.get(FeatureFlags)).posting:
            raise Snooze(timedelta(seconds=self.settings.ask_again))

    async def _publish(self, post: Post) -> TweetData:
        ttl = timedelta(seconds=self.settings.posting_lock)
        async with self.locks.hold(POSTING_LOCK, ttl=ttl):
            tweet = await self.posting.post(post)
            await self.tweets.show(tweet)
        return tweet

    async def _write(self, tweet: TweetData) -> None:
        await self.queue.enqueue(SyncJobs.tweet(tweet), key=f"tweet-{tweet.id}")

    async def _end(self, post: Post, status: PostStatus, reason: str | None = None) -> None:
        """End a post, and count it, once."""
        if await self.posts.end(post.id, status, reason):
            self.metrics.count(status.lower())
            _log.info("post ended", post=post.id, status=status.value)

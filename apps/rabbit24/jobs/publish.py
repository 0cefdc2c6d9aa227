"""The ``publish`` queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hutch_pubsub import Events
from hutch_queue import Queue, cron, exponential, job, processor
from rabbit24.channels import POSTS_PUBLISHED
from rabbit24.schemas import PostPublished, PublishPost
from rabbit24.services.accounts import X
from rabbit24.services.publishing import Publisher
from rabbit24.services.stuck import Stuck
from rabbit24.services.turns import Deferred

SHORTEST_WAIT = timedelta(seconds=1)
"""No deferral is shorter: its job's key tells whole seconds, and must not be this job's own."""


@processor("publish", concurrency=5)
@dataclass
class PublishJobs:
    """Publishes approved posts, and looks after those that got stuck."""

    queue: Queue
    publisher: Publisher
    stuck: Stuck
    events: Events

    @job(name="publish-post", attempts=3, backoff=exponential(1, factor=2), timeout=120)
    async def publish_post(self, data: PublishPost) -> None:
        """Publish a post and tell its brand. May run twice; the post appears once.

        A post that has to wait gets a job for later, so that waiting uses up no attempt.
        The event may be told twice: it says that the post is published, not that it
        was published just now.
        """
        outcome = await self.publisher.publish(data)
        if outcome is None:
            return
        if isinstance(outcome, Deferred):
            await self._again(data, outcome.until)
            return
        event = PostPublished(post_id=data.post_id, platform=X, url=outcome.url)
        topic = POSTS_PUBLISHED.of(brand_profile_id=data.brand_profile_id)
        await self.events.publish(topic, event)

    @cron("* * * * * */10")
    @job(name="publish-sweep", attempts=1)
    async def sweep(self) -> None:
        """Enqueue approved posts again that made no progress, whatever stopped them."""
        for data in await self.stuck.find():
            await self.queue.enqueue(PublishJobs.publish_post(data), key=key_of(data))

    async def _again(self, data: PublishPost, until: datetime) -> None:
        at = max(until, datetime.now(UTC) + SHORTEST_WAIT)
        key = f"{key_of(data)}-{at:%Y%m%dT%H%M%S}"
        await self.queue.enqueue(PublishJobs.publish_post(data), key=key, at=at)


def key_of(data: PublishPost) -> str:
    """Name the job of a post on an account: while one lives there is no second."""
    return f"{data.post_id}-{data.social_account_id}"

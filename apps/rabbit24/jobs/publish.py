"""The ``publish`` queue."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from hutch import intercept
from hutch_pubsub import Events, EventsUnavailable
from hutch_queue import Queue, QueueUnavailable, cron, exponential, job, processor
from hutch_ratelimit import SnoozeWhenLimited
from kit.publishing import Deferred, Outgoing, Publication, PublicationState, Publisher, Stuck
from rabbit24.jobs.final import FINAL
from rabbit24.jobs.news import News
from rabbit24.keys import POSTS_PUBLISHED
from rabbit24.schemas import PostPublished, PublishPost
from rabbit24.services.errors import PublicationFailed
from rabbit24.services.posts import Posts, Written

_log = structlog.get_logger(__name__)


@processor("publish", concurrency=5)
@dataclass
class PublishJobs:
    """Publishes approved posts, and looks after those that got stuck."""

    queue: Queue
    publisher: Publisher
    posts: Posts
    stuck: Stuck
    events: Events

    @job(name="publish-post", attempts=3, backoff=exponential(1), timeout=120, no_retry=FINAL)
    @intercept(News, SnoozeWhenLimited)
    async def publish_post(self, data: PublishPost) -> str:
        """Publish a post, tell its brand, and return the network's id of it.

        May run twice; the post appears once. Waiting uses up no attempt. The event may be
        told twice: it says that the post is published, not that it was published just now.
        """
        post = Outgoing(data.post_id, data.social_account_id, data.content, data.media_urls)
        outcome = await self.publisher.publish(post)
        if isinstance(outcome, Deferred):
            raise outcome.snooze()
        publication = await self.publisher.publications.get(data.post_id, data.social_account_id)
        if outcome is None:
            raise PublicationFailed(publication.error or publication.state.value)
        await self._tell(data, PostPublished(
            post_id=data.post_id, platform=publication.network, url=outcome.url
        ))  # fmt: skip
        return outcome.id

    @cron("* * * * * */10")
    @job(name="publish-sweep", attempts=1)
    async def sweep(self) -> None:
        """Enqueue approved posts again that made no progress, whatever stopped them."""
        await self.enqueue(await self.stuck.find())

    async def enqueue(self, publications: Iterable[Publication]) -> None:
        """Enqueue the jobs of publications; while one lives there is no second.

        Raises:
            QueueUnavailable: The sweep does it when the queue is back.
        """
        for data in await self.posts.payloads(publications):
            key = f"{data.post_id}-{data.social_account_id}"
            await self.queue.enqueue(PublishJobs.publish_post(data), key=key)

    async def enqueue_approved(self, written: Written) -> None:
        """Enqueue the jobs of a post that was just approved; without Redis the sweep does it."""
        new = [p for p in written.publications if p.state is PublicationState.PENDING]
        try:
            await self.enqueue(new)
        except QueueUnavailable:
            _log.warning("approved post waits for the sweep", post=written.post.id)

    async def _tell(self, data: PublishPost, event: PostPublished) -> None:
        topic = POSTS_PUBLISHED.of(brand_profile_id=data.brand_profile_id)
        with suppress(EventsUnavailable):
            await self.events.publish(topic, event)

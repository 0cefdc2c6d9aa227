"""The ``publish`` queue."""

from __future__ import annotations

from dataclasses import dataclass

from hutch_queue import Queue, cron, exponential, job, processor
from rabbit24.events import Events
from rabbit24.keys import posts_published
from rabbit24.schemas import PostPublished, PublishPost
from rabbit24.services.accounts import X
from rabbit24.services.publishing import Deferred, Publisher
from rabbit24.settings import Rabbit24Settings


@processor("publish", concurrency=5)
@dataclass
class PublishJobs:
    """Publishes approved posts, and looks after those that got stuck."""

    queue: Queue
    publisher: Publisher
    events: Events
    settings: Rabbit24Settings

    @job(name="publish-post", attempts=3, backoff=exponential(1, factor=2), timeout=120)
    async def publish_post(self, data: PublishPost) -> None:
        """Publish a post and tell its brand. May run twice; the post appears once.

        The event may be told twice: it says that the post is published, not that it
        was published just now.
        """
        outcome = await self.publisher.publish(data)
        if outcome is None:
            return
        if isinstance(outcome, Deferred):
            key = f"{key_of(data)}-{outcome.until:%Y%m%dT%H%M%S}"
            await self.queue.enqueue(PublishJobs.publish_post(data), key=key, at=outcome.until)
            return
        event = PostPublished(post_id=data.post_id, platform=X, url=outcome.url)
        channel = posts_published(data.brand_profile_id)
        await self.events.tell(channel, event.model_dump_json())

    @cron("* * * * * */10")
    @job(name="publish-sweep", attempts=1)
    async def sweep(self) -> None:
        """Enqueue approved posts again that made no progress, whatever stopped them."""
        publications = self.publisher.publications
        settings = self.settings
        for data in await publications.stuck(settings.sweep_after, settings.sending_lease):
            await self.queue.enqueue(PublishJobs.publish_post(data), key=key_of(data))


def key_of(data: PublishPost) -> str:
    """Name the job of a post on an account: while one lives there is no second."""
    return f"{data.post_id}-{data.social_account_id}"

"""The contract of every backend of the events, as tests that a backend's own suite inherits.

``class TestMine(EventsContract)`` with an async fixture ``events`` that opens the backend. The
inbox has its own in ``inbox_contract``. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, Field

from hutch_pubsub.channel import Channel, Topic
from hutch_pubsub.errors import InvalidChannel, InvalidMessage, PubsubError, SubscriberTooSlow
from hutch_pubsub.port import Events, Gap, Message, Stream

T = TypeVar("T")


class Posted(BaseModel):
    """An event with an alias, as the wire knows it."""

    post_id: int = Field(alias="postId")
    url: str = ""


class Notice(BaseModel):
    """Another kind of event."""

    text: str


POSTED = Channel("posts:published:{brand}", Posted)
DEEPER = Channel("posts:published:{brand}:{detail}", Posted)
NOTICE = Channel("system:maintenance", Notice)
KEPT = Channel("jobs:completed:{user}", Posted, history=10, history_for=timedelta(hours=1))
FEW = Channel("jobs:few:{user}", Posted, history=2)


def posted(number: int, url: str = "") -> Posted:
    """Make an event."""
    return Posted(postId=number, url=url)


async def soon(waiting: Awaitable[T]) -> T:
    """Await something that must not take long."""
    async with asyncio.timeout(5):
        return await waiting


async def value_of(stream: Stream[Any]) -> Any:
    """Read one message's value."""
    item = await soon(stream.__anext__())
    assert isinstance(item, Message), item
    return item.value


async def number_of(stream: Stream[Any]) -> int:
    """Read one message's number."""
    return int((await value_of(stream)).post_id)


async def publish_all(events: Events, topic: Topic[Posted], *numbers: int) -> None:
    """Publish events, and wait until every subscriber of this process was handed them."""
    async with events.subscribe(NOTICE.of()) as sentinel:
        for number in numbers:
            await events.publish(topic, posted(number))
        await events.publish(NOTICE.of(), Notice(text="all are out"))
        await value_of(sentinel)


async def refused(error: type[PubsubError], events: Events, *topics: Any, **options: Any) -> str:
    """Check that a subscription is refused; return the message."""
    try:
        async with events.subscribe(*topics, **options):
            raise AssertionError("it was not refused")
    except error as raised:
        return str(raised)


class EventsContract:
    """What every backend does."""

    async def test_an_event_comes_with_its_value_and_scope(self, events: Events) -> None:
        async with events.subscribe(POSTED.of(brand=7)) as stream:
            await events.publish(POSTED.of(brand="7"), posted(1, "https://x"))
            item = await soon(stream.__anext__())
        assert item == Message(POSTED, {"brand": "7"}, posted(1, "https://x"))
        assert "https" not in repr(item)

    async def test_a_topic_hears_its_own_events_only(self, events: Events) -> None:
        async with events.subscribe(POSTED.of(brand=7)) as stream:
            await events.publish(POSTED.of(brand=8), posted(1))
            await events.publish(DEEPER.of(brand=7, detail=1), posted(2))
            await events.publish(POSTED.of(brand=7), posted(3))
            assert await number_of(stream) == 3

    async def test_all_topics_of_a_channel_are_heard(self, events: Events) -> None:
        async with events.subscribe(POSTED.all()) as stream:
            await events.publish(DEEPER.of(brand=1, detail=1), posted(1))
            await events.publish(POSTED.of(brand="a:b *"), posted(2))
            item = await soon(stream.__anext__())
        assert isinstance(item, Message)
        assert (item.scope, item.value.post_id) == ({"brand": "a:b *"}, 2)

    async def test_some_parts_may_be_left_open(self, events: Events) -> None:
        async with events.subscribe(DEEPER.all(detail="x")) as stream:
            await events.publish(DEEPER.of(brand=1, detail="y"), posted(1))
            await events.publish(DEEPER.of(brand=2, detail="x"), posted(2))
            assert await number_of(stream) == 2

    async def test_text_in_a_scope_is_no_pattern(self, events: Events) -> None:
        async with events.subscribe(POSTED.of(brand="*"), POSTED.of(brand="[a-z]?")) as stream:
            await events.publish(POSTED.of(brand="b1"), posted(1))
            await events.publish(POSTED.of(brand="*"), posted(2))
            assert await number_of(stream) == 2

    async def test_a_stream_hears_several_channels(self, events: Events) -> None:
        async with events.subscribe(POSTED.of(brand=7), NOTICE.of()) as stream:
            await events.publish(NOTICE.of(), Notice(text="soon"))
            await events.publish(POSTED.of(brand=7), posted(1))
            assert await value_of(stream) == Notice(text="soon")
            assert await value_of(stream) == posted(1)

    async def test_each_subscriber_hears_everything(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        async with events.subscribe(topic) as one, events.subscribe(topic) as other:
            assert events.stats().subscribers == 2
            assert events.stats().topics == 1
            await events.publish(topic, posted(1))
            assert [await number_of(one), await number_of(other)] == [1, 1]
        assert events.stats().subscribers == 0

    async def test_who_leaves_takes_nothing_from_others(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        async with events.subscribe(topic) as stays:
            async with events.subscribe(topic):
                pass
            await events.publish(topic, posted(1))
            assert await number_of(stays) == 1
        async with events.subscribe(topic) as again:
            await events.publish(topic, posted(2))
            assert await number_of(again) == 2

    async def test_a_full_queue_drops_its_oldest(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        async with events.subscribe(topic, size=2) as stream:
            await publish_all(events, topic, 1, 2, 3, 4)
            assert await soon(stream.__anext__()) == Gap("dropped")
            assert [await number_of(stream), await number_of(stream)] == [3, 4]
            assert stream.dropped == events.stats().dropped == 2

    async def test_a_full_queue_drops_the_newest(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        async with events.subscribe(topic, size=2, policy="drop_newest") as stream:
            await publish_all(events, topic, 1, 2, 3, 4)
            assert [await number_of(stream), await number_of(stream)] == [1, 2]
            assert await soon(stream.__anext__()) == Gap("dropped")
            await events.publish(topic, posted(5))
            assert await number_of(stream) == 5

    async def test_a_full_queue_ends_the_stream(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        async with events.subscribe(topic, size=2, policy="disconnect") as stream:
            await publish_all(events, topic, 1, 2, 3)
            try:
                await soon(stream.__anext__())
            except SubscriberTooSlow as error:
                assert "has 2 events to read" in str(error)
            else:
                raise AssertionError("it was not ended")

    async def test_who_never_reads_harms_nobody(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        async with events.subscribe(topic, size=1), events.subscribe(topic) as reads:
            await publish_all(events, topic, *range(500))
            assert [await number_of(reads) for _ in range(500)] == list(range(500))

    async def test_what_does_not_fit_is_not_published(self, events: Events) -> None:
        wrong: Any = Notice(text="x")
        for topic, value, part in (
            (POSTED.of(brand=7), wrong, "takes Posted, not Notice"),
            (POSTED.all(), posted(1), "publish to one topic"),
            (POSTED.of(brand="a\nb"), posted(1), "control characters"),
            (POSTED.of(brand="x" * 600), posted(1), "at most 512"),
        ):
            try:
                await events.publish(topic, value)
            except (InvalidMessage, InvalidChannel) as error:
                assert part in str(error)
            else:
                raise AssertionError(f"{part}: it was published")

    async def test_a_subscription_that_cannot_work_is_refused(self, events: Events) -> None:
        topic = POSTED.of(brand=7)
        assert "at least one topic" in await refused(InvalidChannel, events)
        assert "room for 1" in await refused(InvalidChannel, events, topic, size=0)
        assert "drop_newest" in await refused(InvalidChannel, events, topic, policy="wait")
        assert "control" in await refused(InvalidChannel, events, POSTED.of(brand="\0"))
        assert events.stats().subscribers == 0

    async def test_who_comes_back_hears_what_was_missed(self, events: Events) -> None:
        topic = KEPT.of(user=1)
        async with events.subscribe(topic) as stream:
            await events.publish(topic, posted(1))
            item = await soon(stream.__anext__())
            assert isinstance(item, Message)
        await publish_all(events, topic, 2, 3)
        async with events.subscribe(topic, after=item.id) as stream:
            await events.publish(topic, posted(4))  # in the history, and live
            assert [await number_of(stream) for _ in range(3)] == [2, 3, 4]
            await events.publish(topic, posted(5))
            assert await number_of(stream) == 5

    async def test_who_comes_anew_hears_nothing_old(self, events: Events) -> None:
        topic = KEPT.of(user=2)
        await events.publish(topic, posted(1))
        async with events.subscribe(topic) as stream:
            await events.publish(topic, posted(2))
            assert await number_of(stream) == 2

    async def test_coming_back_goes_by_topic(self, events: Events) -> None:
        one, other = KEPT.of(user=3), KEPT.of(user=4)
        async with events.subscribe(one, NOTICE.of(), other) as stream:
            await events.publish(other, posted(1))
            item = await soon(stream.__anext__())
            assert isinstance(item, Message)
        await publish_all(events, one, 2)
        await publish_all(events, other, 3)
        async with events.subscribe(one, NOTICE.of(), other, after=item.id) as stream:
            assert [await number_of(stream), await number_of(stream)] == [2, 3]

    async def test_a_history_that_is_too_short_tells_of_a_gap(self, events: Events) -> None:
        topic = FEW.of(user=1)
        async with events.subscribe(topic) as stream:
            await events.publish(topic, posted(1))
            item = await soon(stream.__anext__())
            assert isinstance(item, Message)
        # More than a backend may keep beyond what it must.
        await publish_all(events, topic, *range(1000))
        async with events.subscribe(topic, after=item.id) as stream:
            assert await soon(stream.__anext__()) == Gap("history")
            assert 500 < await number_of(stream) < 999

    async def test_a_wrong_position_tells_of_a_gap(self, events: Events) -> None:
        topic = KEPT.of(user=5)
        await events.publish(topic, posted(1))
        for after in ("", "x", "1-1,2-2", "-", "0-0; DROP", "99999999999999-0", "9" * 400):
            async with events.subscribe(topic, after=after) as stream:
                assert await soon(stream.__anext__()) == Gap("history"), after
                await events.publish(topic, posted(2))
                assert await number_of(stream) == 2

    async def test_all_topics_of_a_channel_with_a_history_are_heard(self, events: Events) -> None:
        async with events.subscribe(KEPT.all()) as stream:
            await events.publish(KEPT.of(user=6), posted(1))
            assert await number_of(stream) == 1

"""A brand's events: told to whoever listens, over server-sent events, in memory and on Redis."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import pytest
from tests.rabbit24.running import Rabbit, sent_events, served

from hutch_redis import Redis
from rabbit24.events import Events, Listening, MemoryEvents, RedisEvents

CHANNEL = ("posts", "published", "brand")
EVENTS = "/api/brands/brand/events"


@pytest.fixture(params=["memory", "redis"])
def events(request: pytest.FixtureRequest, redis: Redis) -> Events:
    return MemoryEvents() if request.param == "memory" else RedisEvents(redis)


async def test_listening_comes_first_and_then_what_is_told(events: Events) -> None:
    await events.tell(CHANNEL, "too early")
    async with aclosing(events.listen(CHANNEL)) as heard, asyncio.timeout(5):
        assert await anext(heard) == Listening()
        await events.tell((*CHANNEL[:2], "other"), "not for this brand")
        await events.tell(CHANNEL, "é 1")
        await events.tell(CHANNEL, "2")
        assert [await anext(heard), await anext(heard)] == ["é 1", "2"]


async def test_everybody_who_listens_hears(events: Events) -> None:
    async with (
        aclosing(events.listen(CHANNEL)) as one,
        aclosing(events.listen(CHANNEL)) as two,
        asyncio.timeout(5),
    ):
        assert await anext(one) == await anext(two) == Listening()
        await events.tell(CHANNEL, "hello")
        assert await anext(one) == await anext(two) == "hello"


@pytest.mark.req("R24-44")
async def test_the_channel_is_spelled_as_documented(redis: Redis, redis_prefix: str) -> None:
    blocking: Any = redis.blocking
    async with blocking.pubsub() as raw:
        await raw.subscribe(f"{redis_prefix}posts:published:brand")
        await RedisEvents(redis).tell(CHANNEL, "hello")
        async with asyncio.timeout(5):
            messages = [message async for message in _two(raw.listen())]
    assert messages[1]["data"] == b"hello"


async def test_a_lost_connection_is_taken_up_again_and_said(redis: Redis) -> None:
    events = RedisEvents(redis)
    async with aclosing(events.listen(CHANNEL)) as heard, asyncio.timeout(5):
        assert await anext(heard) == Listening()
        await cast(Any, redis.state).execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert await anext(heard) == Listening()
        await events.tell(CHANNEL, "after")
        assert await anext(heard) == "after"


async def test_who_stops_listening_holds_no_connection(redis: Redis) -> None:
    async with aclosing(RedisEvents(redis).listen(CHANNEL)) as heard:
        await anext(heard)
        assert await _listeners(redis) == 1
    async with asyncio.timeout(5):
        while await _listeners(redis):
            await asyncio.sleep(0.01)


async def test_a_stream_says_listening_and_then_tells_its_brand_only(rabbit: Rabbit) -> None:
    async with (
        served(rabbit.t) as client,
        client.stream("GET", EVENTS) as stream,
        client.stream("GET", "/api/brands/other/events") as elsewhere,
        asyncio.timeout(5),
    ):
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        mine, theirs = sent_events(stream), sent_events(elsewhere)
        assert await anext(mine) == await anext(theirs) == ("listening", "")
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        kind, data = await anext(mine)
        url = (await rabbit.read(post))["url"]
        assert kind == "posts:published"
        assert json.loads(data) == {"postId": post, "platform": "TWITTER", "url": url}
        await rabbit.approved("Elsewhere", brand="other")
        await rabbit.t.drain()
        _, first_of_theirs = await anext(theirs)
        assert json.loads(first_of_theirs)["postId"] != post


@pytest.mark.req("R24-48")
async def test_who_missed_an_event_reads_the_state(rabbit: Rabbit) -> None:
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    async with served(rabbit.t) as client, client.stream("GET", EVENTS) as stream:
        assert await anext(sent_events(stream)) == ("listening", "")
        [listed] = (await client.get("/api/posts?brandProfileId=brand")).json()
    assert (listed["id"], listed["publications"][0]["state"]) == (post, "PUBLISHED")


async def _two(messages: AsyncIterator[dict[str, object]]) -> AsyncIterator[dict[str, object]]:
    for _ in range(2):
        yield await anext(messages)


async def _listeners(redis: Redis) -> int:
    [(_, count)] = await cast(Any, redis.state).pubsub_numsub(redis.key(*CHANNEL))
    return int(count)

"""A brand's events: told to whoever listens, over server-sent events."""

import asyncio
import json
from typing import Any

import pytest
from tests.rabbit24.running import Rabbit, sent_events, served

from hutch import bind
from hutch.testing import testing
from hutch_pubsub import Events, PubsubSettings, pubsub_module
from hutch_redis import Redis, RedisSettings
from rabbit24.channels import POSTS_PUBLISHED
from rabbit24.schemas import PostPublished

EVENTS = "/api/brands/brand/events"
EVENT = PostPublished(post_id="1", platform="TWITTER", url="https://x.com/1")


@pytest.mark.req("R24-44")
async def test_channel_and_payload_are_as_documented(
    redis: Redis, redis_url: str, redis_prefix: str
) -> None:
    server = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
    overrides = (
        bind(RedisSettings).value(server),
        bind(PubsubSettings).value(PubsubSettings(backend="redis")),
    )
    blocking: Any = redis.blocking
    async with blocking.pubsub() as raw, testing(pubsub_module(), *overrides) as t:
        await raw.subscribe(f"{redis_prefix}posts:published:brand")
        await t.get(Events).publish(POSTS_PUBLISHED.of(brand_profile_id="brand"), EVENT)
        async with asyncio.timeout(5):
            messages = [await anext(raw.listen()) for _ in range(2)]
    assert json.loads(messages[1]["data"]) == {
        "postId": "1", "platform": "TWITTER", "url": "https://x.com/1",
    }  # fmt: skip


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

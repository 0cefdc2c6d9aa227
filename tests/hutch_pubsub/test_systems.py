"""The systems' own channels, byte for byte behind the prefix, and what a missed event costs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from pydantic import BaseModel, Field

from hutch_pubsub import Channel, Events, Topic
from hutch_pubsub.on_redis import open_events
from hutch_pubsub.settings import PubsubSettings
from hutch_redis import Redis


class Completed(BaseModel):
    job_id: str = Field(alias="jobId")
    queue: str
    status: str


class Failed(BaseModel):
    job_id: str = Field(alias="jobId")
    queue: str
    error: str


class Published(BaseModel):
    post_id: str = Field(alias="postId")
    platform: str
    url: str


class Analytics(BaseModel):
    likes: int
    shares: int
    comments: int


class Maintenance(BaseModel):
    message: str
    severity: str


class Pause(BaseModel):
    contact_id: str = Field(alias="contactId")
    action: str
    expires_at: int = Field(alias="expiresAt")
    reason: str | None = None


class Told(BaseModel):
    message_id: str = Field(alias="messageId")
    contact_id: str = Field(alias="contactId")
    content: str
    bot_sent: bool = Field(alias="botSent")
    timestamp: int


class QrCode(BaseModel):
    qr_code: str = Field(alias="qrCode")
    expires_in: int = Field(alias="expiresIn")


JOB = {"jobId": "1", "queue": "publish"}
CASES: list[tuple[Topic[Any], str, dict[str, Any]]] = [
    (
        Channel("jobs:completed:{userId}", Completed).of(userId="u1"),
        "jobs:completed:u1",
        JOB | {"status": "complete"},
    ),
    (
        Channel("jobs:failed:{userId}", Failed).of(userId="u1"),
        "jobs:failed:u1",
        JOB | {"error": "x"},
    ),
    (
        Channel("posts:published:{brandProfileId}", Published).of(brandProfileId="b1"),
        "posts:published:b1",
        {"postId": "1", "platform": "x", "url": "https://x"},
    ),
    (
        Channel("analytics:updated:{postId}", Analytics).of(postId="p1"),
        "analytics:updated:p1",
        {"likes": 1, "shares": 2, "comments": 3},
    ),
    (
        Channel("system:maintenance", Maintenance).of(),
        "system:maintenance",
        {"message": "at noon", "severity": "info"},
    ),
    (
        Channel("events:pause", Pause).of(),
        "events:pause",
        {"contactId": "c1", "action": "pause", "expiresAt": 1, "reason": "manual"},
    ),
    (
        Channel("events:messages", Told).of(),
        "events:messages",
        {"messageId": "1", "contactId": "c1", "content": "hi", "botSent": True, "timestamp": 1},
    ),
    (Channel("events:qr", QrCode).of(), "events:qr", {"qrCode": "aGk=", "expiresIn": 60}),
]


@pytest.fixture
async def events(redis: Redis) -> AsyncIterator[Events]:
    async with asynccontextmanager(open_events)(redis, PubsubSettings()) as opened:
        yield opened


@pytest.mark.req(
    "R24-42", "R24-43", "R24-44", "R24-45", "R24-46", "SM-17", "SM-19", "SM-20", "C-16", "C-17"
)
@pytest.mark.parametrize(("topic", "channel", "payload"), CASES, ids=[case[1] for case in CASES])
async def test_channel_and_payload_are_as_documented(
    events: Events,
    redis: Redis,
    redis_prefix: str,
    topic: Topic[Any],
    channel: str,
    payload: dict[str, Any],
) -> None:
    raw: Any = cast(Any, redis.blocking).pubsub()
    async with raw:
        await raw.subscribe(f"{redis_prefix}{channel}")
        await raw.get_message(timeout=5)
        await events.publish(topic, topic.channel.model.model_validate(payload))
        told = await raw.get_message(timeout=5)
    assert json.loads(told["data"]) == payload


@pytest.mark.req("R24-48")
async def test_an_event_that_nobody_hears_leaves_nothing(
    events: Events, redis: Redis, redis_prefix: str
) -> None:
    topic, _, payload = CASES[0]
    await events.publish(topic, topic.channel.model.model_validate(payload))
    found = [key async for key in cast(Any, redis.state).scan_iter(match=f"{redis_prefix}*")]
    assert found == []

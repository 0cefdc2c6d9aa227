"""What publishers and subscribers see while Redis is away."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, cast

import pytest
from redis.asyncio.connection import AbstractConnection
from structlog.testing import capture_logs
from tests.deadlines import fails_within
from tests.stuck_redis import WAYS, stuck_redis

from hutch_pubsub import Events, EventsUnavailable, Gap, PubsubSettings
from hutch_pubsub.contract import KEPT, POSTED, number_of, posted, soon
from hutch_pubsub.on_redis import open_events
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server

IN_TIME = 0.25


@asynccontextmanager
async def opened(url: str, **values: object) -> AsyncIterator[tuple[Redis, Events]]:
    settings = RedisSettings.model_validate({"url": url, "prefix": "faults", **values})
    pubsub = PubsubSettings.model_validate({"silence": 0.1})
    async with (
        asynccontextmanager(open_redis)(settings) as redis,
        asynccontextmanager(open_events)(redis, pubsub) as events,
    ):
        yield redis, events


@asynccontextmanager
async def hung(server: EmbeddedServer) -> AsyncIterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with temporary_server() as running:
        yield running


async def kill_connections(redis: Redis) -> None:
    """Cut the subscribers off, as a proxy or a failover does."""
    await cast(Any, redis.state).execute_command("CLIENT", "KILL", "TYPE", "pubsub")


async def publish(events: Events, topic: Any, number: int) -> None:
    """Publish as soon as the server is back."""
    async with asyncio.timeout(10):
        while True:
            with suppress(EventsUnavailable):
                return await events.publish(topic, posted(number))
            await asyncio.sleep(0.02)


async def test_a_dropped_connection_is_a_gap_and_the_stream_goes_on(redis_url: str) -> None:
    with capture_logs() as logs:
        async with opened(redis_url) as (redis, events):
            topics = POSTED.of(brand="drop"), POSTED.all()
            async with events.subscribe(topics[0]) as one, events.subscribe(topics[1]) as other:
                await events.publish(topics[0], posted(1))
                assert [await number_of(one), await number_of(other)] == [1, 1]
                await kill_connections(redis)
                assert await soon(one.__anext__()) == Gap("reconnected")
                assert await soon(other.__anext__()) == Gap("reconnected")
                await events.publish(topics[0], posted(2))
                assert [await number_of(one), await number_of(other)] == [2, 2]
                assert events.stats().connected
    said = [log["event"] for log in logs if log["event"].startswith("events are")]
    assert said == ["events are not heard", "events are heard again"]


async def test_a_history_closes_the_gap(redis_url: str) -> None:
    async with opened(redis_url) as (redis, events), opened(redis_url) as (_, elsewhere):
        topic = KEPT.of(user="gap")
        async with events.subscribe(topic) as stream:
            await elsewhere.publish(topic, posted(1))
            await kill_connections(redis)
            await elsewhere.publish(topic, posted(2))
            while not events.stats().connected:
                await asyncio.sleep(0.01)
            await elsewhere.publish(topic, posted(3))
            assert [await number_of(stream) for _ in range(3)] == [1, 2, 3]


async def test_a_killed_server_is_a_gap(server: EmbeddedServer) -> None:
    async with opened(server.url) as (_, events):
        topic = POSTED.of(brand=1)
        async with events.subscribe(topic) as stream:
            os.kill(server.pid, signal.SIGKILL)
            assert await soon(stream.__anext__()) == Gap("reconnected")
            await publish(events, topic, 2)
            assert await number_of(stream) == 2


async def test_a_server_that_hangs_is_a_gap(server: EmbeddedServer) -> None:
    async with opened(server.url) as (_, events):
        topic = POSTED.of(brand=1)
        async with events.subscribe(topic) as stream:
            async with hung(server):
                while events.stats().connected:
                    await asyncio.sleep(0.01)
            assert await soon(stream.__anext__()) == Gap("reconnected")
            await publish(events, topic, 2)
            assert await number_of(stream) == 2


async def test_silence_is_no_loss(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pings = asyncio.Semaphore(0)
    send = AbstractConnection.send_command

    async def heard(self: AbstractConnection, *args: Any, **options: Any) -> None:
        await send(self, *args, **options)
        if args == ("PING",):
            pings.release()

    async with opened(redis_url) as (_, events), events.subscribe(POSTED.of(brand=1)) as stream:
        monkeypatch.setattr(AbstractConnection, "send_command", heard)
        async with asyncio.timeout(5):
            for _ in range(3):
                await pings.acquire()
        await events.publish(POSTED.of(brand=1), posted(1))
        assert await number_of(stream) == 1


async def subscribe(events: Events, topic: Any) -> None:
    async with events.subscribe(topic):
        pass


@pytest.mark.parametrize("way", WAYS)
async def test_publishing_fails_in_time_while_the_server_hangs(
    server: EmbeddedServer, way: str
) -> None:
    async with stuck_redis(server, way) as found, opened(found.url) as (_, events):
        await events.publish(POSTED.of(brand=1), posted(1))
        with found.stuck():
            for topic in (POSTED.of(brand=1), KEPT.of(user=1)):
                publishing = partial(events.publish, topic, posted(1))
                error = await fails_within(IN_TIME, EventsUnavailable, publishing)
                assert "did not answer in time" in str(error)


@pytest.mark.parametrize("way", WAYS)
async def test_subscribing_fails_in_time_while_the_server_hangs(
    server: EmbeddedServer, way: str
) -> None:
    async with stuck_redis(server, way) as found, opened(found.url) as (_, events):
        with found.stuck():
            for topic in (POSTED.of(brand=1), KEPT.of(user=1)):
                await fails_within(IN_TIME, EventsUnavailable, partial(subscribe, events, topic))
        assert events.stats().subscribers == 0
        async with asyncio.timeout(5):
            while True:
                with suppress(EventsUnavailable):
                    async with events.subscribe(POSTED.of(brand=1)) as stream:
                        await events.publish(POSTED.of(brand=1), posted(1))
                        assert await number_of(stream) == 1
                    break


async def test_a_connection_that_was_closed_meanwhile_costs_no_event(
    server: EmbeddedServer,
) -> None:
    async with opened(server.url) as (redis, events):
        topic = POSTED.of(brand=1)
        async with events.subscribe(topic) as stream:
            await events.publish(topic, posted(1))
            kill = "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"
            await cast(Any, redis.state).execute_command(*kill)
            await asyncio.sleep(0.02)
            await events.publish(topic, posted(2))
            assert [await number_of(stream), await number_of(stream)] == [1, 2]


async def test_many_publish_at_once_on_few_connections(server: EmbeddedServer) -> None:
    async with opened(server.url, timeout=5) as (redis, events):
        topic = POSTED.of(brand=1)
        async with events.subscribe(topic) as stream:
            await asyncio.gather(*(events.publish(topic, posted(n)) for n in range(300)))
            found = {await number_of(stream) for _ in range(300)}
        assert found == set(range(300))
        clients = await cast(Any, redis.state).client_list()
        assert len(clients) < 70


async def test_where_there_is_no_server_both_fail_at_once() -> None:
    async with opened("redis://127.0.0.1:1") as (_, events):
        topic = POSTED.of(brand=1)
        await fails_within(IN_TIME, EventsUnavailable, lambda: events.publish(topic, posted(1)))
        error = await fails_within(IN_TIME, EventsUnavailable, lambda: subscribe(events, topic))
        assert "no subscription: Redis did not confirm" in str(error)


async def test_what_is_no_event_is_skipped_and_logged_without_content(redis_url: str) -> None:
    topic = POSTED.of(brand="raw")
    with capture_logs() as logs:
        async with opened(redis_url) as (redis, events), events.subscribe(topic) as stream:
            client, name = cast(Any, redis.pubsub), "faults:posts:published:raw"
            for text in ("no json hidden", '{"postId": "hidden"}', "", b"\xff\xfe"):
                await client.publish(name, text)
            await events.publish(topic, posted(1))
            assert await number_of(stream) == 1
            assert events.stats().unreadable == 4
    lines = [log for log in logs if log["event"] == "unreadable event is skipped"]
    assert len(lines) == 4
    assert lines[1] == {
        "event": "unreadable event is skipped",
        "log_level": "warning",
        "channel": "posts:published:{brand}",
        "field": "postId",
        "reason": "int_parsing",
    }
    assert "hidden" not in str(logs)


async def test_one_connection_serves_all_subscribers(redis_url: str) -> None:
    async with opened(redis_url) as (redis, events):
        before = await subscribers(redis)
        async with (
            events.subscribe(POSTED.of(brand=1)),
            events.subscribe(POSTED.of(brand=2)),
            events.subscribe(POSTED.all()),
            events.subscribe(KEPT.of(user=1)),
        ):
            assert await subscribers(redis) == before + 1
        names = await cast(Any, redis.state).execute_command("PUBSUB", "CHANNELS", "faults:*")
        assert names == []


async def subscribers(redis: Redis) -> int:
    return len(await cast(Any, redis.state).client_list(_type="pubsub"))


async def test_many_subscribe_and_leave_at_once(redis_url: str) -> None:
    async with opened(redis_url) as (_, events):

        async def come_and_go(number: int) -> None:
            topic = POSTED.of(brand=number % 3)
            for turn in range(10):
                async with events.subscribe(topic) as stream:
                    await events.publish(topic, posted(turn))
                    await soon(stream.__anext__())

        await asyncio.gather(*(come_and_go(number) for number in range(20)))
        assert events.stats().topics == 0

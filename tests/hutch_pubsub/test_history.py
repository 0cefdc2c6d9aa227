"""Histories that have ended, on both backends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest

from hutch_pubsub import Channel, Events, Gap, Message, PubsubSettings
from hutch_pubsub.contract import FEW, Posted, number_of, posted, publish_all, soon
from hutch_pubsub.in_memory import MemoryEvents
from hutch_pubsub.on_redis import open_events
from hutch_redis import Redis

BRIEF = Channel("jobs:brief:{user}", Posted, history=10, history_for=timedelta(minutes=1))
TOPIC = BRIEF.of(user=1)

Ending = tuple[Events, Callable[[], Awaitable[Any]]]


@pytest.fixture
def in_memory() -> Ending:
    now = 1_000_000
    events = MemoryEvents(lambda: now)

    async def end() -> None:
        nonlocal now
        now += 60_000

    return events, end


@pytest.fixture
async def in_redis(redis: Redis) -> AsyncIterator[Ending]:
    async with asynccontextmanager(open_events)(redis, PubsubSettings()) as events:
        key = redis.key("history", "jobs", "brief", "1")
        client = cast(Any, redis.pubsub)

        async def end() -> None:
            await client.pexpire(key, 0)
            # Entries are numbered by the server's milliseconds.
            ended = await milliseconds(client)
            while await milliseconds(client) == ended:
                pass

        yield events, end


async def milliseconds(client: Any) -> int:
    seconds, micros = await client.time()
    return int(seconds) * 1000 + int(micros) // 1000


@pytest.fixture(params=["in_memory", "in_redis"])
def ending(request: pytest.FixtureRequest) -> Ending:
    """Events, and what lets the time of the history pass."""
    found: Ending = request.getfixturevalue(request.param)
    return found


async def heard(events: Events, number: int) -> str:
    """Publish, and return the position of who has heard it."""
    async with events.subscribe(TOPIC) as stream:
        await events.publish(TOPIC, posted(number))
        item = await soon(stream.__anext__())
    assert isinstance(item, Message)
    return item.id


async def test_a_history_that_began_anew_tells_of_a_gap(ending: Ending) -> None:
    events, end = ending
    position = await heard(events, 1)
    await events.publish(TOPIC, posted(2))
    await end()
    await events.publish(TOPIC, posted(3))
    async with events.subscribe(TOPIC, after=position) as stream:
        assert await soon(stream.__anext__()) == Gap("history")
        assert await number_of(stream) == 3


async def test_a_history_that_has_ended_tells_of_a_gap(ending: Ending) -> None:
    events, end = ending
    position = await heard(events, 1)
    await events.publish(TOPIC, posted(2))
    await end()
    async with events.subscribe(TOPIC, after=position) as stream:
        assert await soon(stream.__anext__()) == Gap("history")


async def test_who_stood_at_the_beginning_of_a_history_misses_nothing(ending: Ending) -> None:
    events, _ = ending
    other = Channel("jobs:other:{user}", Posted, history=10)
    async with events.subscribe(TOPIC, other.of(user=1)) as stream:
        await events.publish(other.of(user=1), posted(1))
        item = await soon(stream.__anext__())
    assert isinstance(item, Message)
    await events.publish(TOPIC, posted(2))
    async with events.subscribe(TOPIC, other.of(user=1), after=item.id) as stream:
        assert await number_of(stream) == 2


async def test_who_stood_at_the_beginning_of_a_history_that_was_too_short(ending: Ending) -> None:
    events, _ = ending
    few = FEW.of(user="start")
    async with events.subscribe(few, TOPIC) as stream:
        await events.publish(TOPIC, posted(1))
        item = await soon(stream.__anext__())
    assert isinstance(item, Message)
    await publish_all(events, few, *range(300))
    async with events.subscribe(few, TOPIC, after=item.id) as stream:
        assert await soon(stream.__anext__()) == Gap("history")


async def test_histories_that_have_ended_are_thrown_away() -> None:
    now = 1_000_000
    events = MemoryEvents(lambda: now)
    for user in range(5000):
        await events.publish(BRIEF.of(user=user), posted(1))
        now += 1000
    assert len(events._history._kept) <= 1100


async def test_histories_that_are_read_only_are_thrown_away() -> None:
    events = MemoryEvents()
    for user in range(3000):
        async with events.subscribe(BRIEF.of(user=user)):
            pass
    assert len(events._history._kept) <= 1100

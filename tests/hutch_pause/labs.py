"""Both backends under a clock that stands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from hutch_pause import MemorySwitch, PauseEvent, PauseSettings, PauseSwitch
from hutch_pause.lab import told
from hutch_pause.on_redis import RedisSwitch
from hutch_pubsub import Channel, Events, Message
from hutch_redis import Redis

START = datetime(2026, 3, 1, 12, 0, 7, 500_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> int:
        return (self.moment - EPOCH) // timedelta(microseconds=1)


PAUSES = Channel("events:pause", PauseEvent).of()
LAST = told("marker", "resume")


class Ear:
    """Hears pauses as any part of an app does: by the events, whatever the backend."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._stream: Any = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._events.subscribe(PAUSES) as self._stream:
            yield

    async def heard(self) -> list[PauseEvent]:
        await self._events.publish(PAUSES, LAST)
        found: list[PauseEvent] = []
        async with asyncio.timeout(10):
            async for item in self._stream:
                assert isinstance(item, Message)
                if item.value == LAST:
                    break
                found.append(item.value)
        return found


class MemoryLab:
    """The switch of this process; see ``hutch_pause.lab.Lab``."""

    def __init__(self, events: Events) -> None:
        self.clock = Clock()
        self.ear = Ear(events)
        self.switch: PauseSwitch = MemorySwitch(PauseSettings(), self.clock, events)

    def now(self) -> datetime:
        return self.clock.moment

    async def move(self, time: timedelta) -> None:
        self.clock.moment += time

    async def events(self) -> list[PauseEvent]:
        return await self.ear.heard()


class RedisLab:
    """A switch on a real server; its keys' lives go by with the clock."""

    def __init__(self, redis: Redis, events: Events, *, told_apart: bool = False) -> None:
        self.redis = redis
        self.ear = Ear(events)
        self.clock = Clock()
        self.settings = PauseSettings()
        self.channel = redis.key("events", "pause")
        apart = events if told_apart else None
        self.switch: PauseSwitch = RedisSwitch(redis, self.settings, self.clock, apart)
        client: Any = redis.blocking
        self.pubsub: Any = client.pubsub()

    async def open(self) -> None:
        await self.pubsub.subscribe(self.channel)
        message = await self.pubsub.get_message(timeout=10)
        assert message["type"] == "subscribe"

    def now(self) -> datetime:
        return self.clock.moment

    async def move(self, time: timedelta) -> None:
        self.clock.moment += time
        client: Any = self.redis.state
        async for key in client.scan_iter(match=self.redis.keys.prefix + "*", count=1000):
            left = await client.pttl(key)
            if left > 0:
                # What the test itself took is not to count.
                left = round(left, -3) - time // timedelta(milliseconds=1)
                await (client.pexpire(key, left) if left > 0 else client.delete(key))

    async def events(self) -> list[PauseEvent]:
        return await self.ear.heard()

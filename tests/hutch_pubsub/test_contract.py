"""Both backends keep the contracts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hutch_pubsub import Events, InboxStore, PubsubSettings
from hutch_pubsub.contract import EventsContract
from hutch_pubsub.in_memory import MemoryEvents
from hutch_pubsub.inbox_contract import InboxContract
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.on_redis import open_events
from hutch_pubsub.redis_inbox import RedisInbox
from hutch_redis import Redis


class TestEventsInMemory(EventsContract):
    @pytest.fixture
    def events(self) -> Events:
        return MemoryEvents()


@pytest.mark.req("C-17")
class TestEventsOnRedis(EventsContract):
    @pytest.fixture
    async def events(self, redis: Redis) -> AsyncIterator[Events]:
        async with asynccontextmanager(open_events)(redis, PubsubSettings()) as events:
            yield events


class TestInboxInMemory(InboxContract):
    @pytest.fixture
    def store(self) -> InboxStore:
        return MemoryInbox()


@pytest.mark.req("SM-09", "SM-22", "SM-24", "SM-25", "SM-26", "C-57", "C-59")
class TestInboxOnRedis(InboxContract):
    @pytest.fixture
    def store(self, redis: Redis) -> InboxStore:
        return RedisInbox(redis, redis.state)

"""Both stores, on a clock that tests set."""

from collections.abc import Iterator

import pytest
from tests.hutch_queue.storage.jobs import Clock

from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Store
from hutch_redis import Redis


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def redis_store(redis: Redis, clock: Clock) -> RedisStore:
    return RedisStore(redis, redis.blocking, clock=clock)


@pytest.fixture(params=["redis", "memory"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Store]:
    if request.param == "memory":
        return MemoryStore(clock=clock)
    return request.getfixturevalue("redis_store")

"""SAQ's interface over both stores."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hutch_queue.names import QueueName
from hutch_queue.produce.notices import Notices
from hutch_queue.saq.queue import SaqQueue
from hutch_queue.storage.stores import Stores, in_memory, on_redis

Open = Callable[..., SaqQueue]


@pytest.fixture
def redis_stores(redis: Any) -> Stores:
    return on_redis(redis)


@pytest.fixture(params=["redis", "memory"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return in_memory() if request.param == "memory" else request.getfixturevalue("redis_stores")


@pytest.fixture
async def opened(stores: Stores) -> AsyncIterator[Open]:
    """Open SAQ's interface to a queue, as each process would for itself."""
    made: list[SaqQueue] = []
    notices = Notices(stores.patient)

    def open_one(name: str = "emails", lease: float = 15, **options: Any) -> SaqQueue:
        queue = SaqQueue(stores, QueueName(name, **options), notices, lease)
        made.append(queue)
        return queue

    yield open_one
    for queue in made:
        await queue.disconnect()
    await notices.close()


@pytest.fixture
def queue(opened: Open) -> SaqQueue:
    return opened()

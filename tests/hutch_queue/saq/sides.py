"""Two sides of one interface: SAQ's own Redis queue, and ours."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

from redis.asyncio import Redis as Client
from saq.job import Job, Status
from saq.queue.base import Queue
from saq.queue.redis import RedisQueue
from tests.hutch_queue.saq.workers import read

from hutch_queue.names import QueueName
from hutch_queue.produce.notices import Notices
from hutch_queue.saq.queue import SaqQueue
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.stores import Stores
from hutch_redis import Redis

T = TypeVar("T")
LEASE = 15


@dataclass
class Side:
    """One of the two, and how a test moves it into the window in which stock SAQ goes wrong.

    Attributes:
        client: To look below the interface.
    """

    client: Client
    url: str
    stock = False
    made: list[Any] = field(default_factory=list)

    def open(self, name: str = "emails") -> Any:
        """Open the queue, as another process would."""
        queue = self._open(name)
        self.made.append(queue)
        return queue

    def expect(self, found: T, *, stock: T, ours: T) -> None:
        """Say what SAQ does, and what ours does in its place."""
        assert found == (stock if self.stock else ours)

    async def close(self) -> None:
        for queue in self.made:
            await queue.disconnect()

    def _open(self, name: str) -> Queue:
        raise NotImplementedError

    async def upkeep(self, queue: Any) -> None:
        """Do at once what a worker does each second and each minute."""
        raise NotImplementedError

    async def die(self, job: Job) -> None:
        """Let the worker that runs a job have been dead for a minute."""
        raise NotImplementedError

    async def lose(self, key: str, by: Any) -> None:
        """Let the job of a worker that is alive, but was not heard of, be offered again."""
        raise NotImplementedError

    async def is_kept_for_ever(self, job: Job) -> bool:
        """Tell whether the record of an ended job never goes."""
        raise NotImplementedError


@dataclass
class Stock(Side):
    stock = True

    def _open(self, name: str) -> Queue:
        return RedisQueue(Client.from_url(self.url, socket_timeout=None), name)

    async def upkeep(self, queue: Any) -> None:
        await self.client.delete(queue.namespace("schedule"), queue.namespace("sweep"))
        await queue.schedule()
        await queue.sweep(abort=0.01)

    async def die(self, job: Job) -> None:
        await job.update(status=Status.ACTIVE, started=round(time.time() * 1000) - 60_000)

    async def lose(self, key: str, by: Any) -> None:
        await (await read(by, key)).retry("swept")

    async def is_kept_for_ever(self, job: Job) -> bool:
        return bool(await self.client.ttl(job.id) == -1)


@dataclass
class Ours(Side):
    redis: Redis = field(default=None)  # type: ignore[assignment]
    ahead: float = 0.0
    notices: list[Notices] = field(default_factory=list)

    def _clock(self) -> int:
        return time.time_ns() // 1000 + round(self.ahead * 1e6)

    def _open(self, name: str) -> SaqQueue:
        stores = Stores(*(self.store(c) for c in (self.redis.state, self.redis.blocking)))
        notices = Notices(stores.patient)
        self.notices.append(notices)
        return SaqQueue(stores, QueueName(name), notices, LEASE)

    async def close(self) -> None:
        await super().close()
        for notices in self.notices:
            await notices.close()

    def store(self, client: Client) -> RedisStore:
        return RedisStore(self.redis, client, clock=self._clock)

    async def upkeep(self, queue: Any) -> None:
        await queue.schedule()
        await queue.sweep()

    async def die(self, job: Job) -> None:
        self.ahead += 60

    async def lose(self, key: str, by: Any) -> None:
        self.ahead += 60
        await by.sweep()

    async def is_kept_for_ever(self, job: Job) -> bool:
        self.ahead += 2 * 86400
        queue = self.open(job.get_queue().name)
        await queue.sweep()
        return await queue.job(job.key) is not None

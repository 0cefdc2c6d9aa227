"""SAQ's side of the queue's benchmark: stock, on uvloop and hiredis."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import redis.asyncio
from saq import Worker
from saq.job import Job
from saq.queue.redis import RedisQueue
from tests.benchmarks.queue.program import IDLE, PAUSE, Order, Program, main, percentiles

TIMEOUT = 60


class Stock(Program):
    """Stock SAQ, with as many log lines a job as ours: none, or two at level info."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.seen = 0
        self.done = asyncio.Event()
        self.starts: dict[int, float] = {}
        logging.basicConfig(
            level=logging.INFO if order.full else logging.WARNING,
            format="%(asctime)s %(levelname)s %(name)s %(message)s",
        )

    def count(self) -> None:
        """Note one more."""
        self.seen += 1
        if self.seen == self.order.jobs:
            self.done.set()

    async def noop(self, _: Any, *, a: int, note: str = "") -> None:
        self.count()

    async def io(self, _: Any, *, a: int, note: str = "") -> None:
        await asyncio.sleep(0.01)
        self.count()

    async def stamp(self, _: Any, *, a: int, note: str = "") -> float:
        self.starts[a] = time.time()
        self.done.set()
        return time.time()

    async def open(self) -> RedisQueue:
        """Connect; replies to blocking commands may take forever."""
        client = redis.asyncio.Redis.from_url(
            self.order.url, socket_timeout=None, max_connections=500
        )
        queue = RedisQueue(client, name="bench")
        await queue.connect()
        return queue

    def worker(self, queue: RedisQueue) -> Worker[Any]:
        """Make a worker that leaves signals alone."""
        functions = [("noop", self.noop), ("io", self.io), ("stamp", self.stamp)]
        worker: Worker[Any] = Worker(queue, functions, concurrency=self.order.concurrency)
        worker.SIGNALS = []
        return worker

    @asynccontextmanager
    async def working(self, queue: RedisQueue) -> AsyncIterator[None]:
        """Run a worker meanwhile."""
        worker = self.worker(queue)
        task = asyncio.create_task(worker.start())
        yield
        await worker.stop()
        await task
        await queue.disconnect()

    async def fill(self) -> dict[str, float]:
        """Enqueue all jobs, 200 at once, as fast as SAQ can."""
        queue = await self.open()
        begin, cpu = time.perf_counter(), time.process_time()
        for start in range(0, self.order.jobs, 200):
            stop = min(start + 200, self.order.jobs)
            await asyncio.gather(*(queue.enqueue(self._job(i)) for i in range(start, stop)))
        found = self.rates(time.perf_counter() - begin, time.process_time() - cpu)
        await queue.disconnect()
        return found

    def _job(self, i: int, function: str | None = None, **options: Any) -> Job:
        kwargs = {"a": i, "note": self.order.note}
        return Job(
            function or self.order.kind, kwargs=kwargs, timeout=TIMEOUT, retries=3, **options
        )

    async def drain(self) -> dict[str, float]:
        """Run jobs that wait, until that many have ended."""
        queue = await self.open()
        async with self.working(queue):
            begin, cpu = time.perf_counter(), time.process_time()
            await self.done.wait()
            while queue.complete < self.order.jobs:
                await asyncio.sleep(0.001)
            return self.rates(time.perf_counter() - begin, time.process_time() - cpu)

    async def pickup(self) -> dict[str, float]:
        """Enqueue a job now and then while the worker idles: until it runs, in ms."""
        queue = await self.open()
        async with self.working(queue):
            taken: list[float] = []
            for i in range(self.order.jobs):
                await asyncio.sleep(PAUSE)
                self.done.clear()
                begin = time.time()
                await queue.enqueue(self._job(i, "stamp"))
                await self.done.wait()
                taken.append((self.starts[i] - begin) * 1000)
            return percentiles(taken)

    async def result(self) -> dict[str, float]:
        """Apply a job now and then: from its return to its result, in ms."""
        queue = await self.open()
        async with self.working(queue):
            taken: list[float] = []
            for i in range(self.order.jobs):
                await asyncio.sleep(PAUSE)
                returned: float = await queue.apply("stamp", a=i)
                taken.append((time.time() - returned) * 1000)
            return percentiles(taken)

    async def late(self) -> dict[str, float]:
        """Enqueue delayed jobs and see how late they start, in ms."""
        queue = await self.open()
        async with self.working(queue):
            begin = time.time() + 0.5
            due = {i: begin + i * PAUSE for i in range(self.order.jobs)}
            for i, at in due.items():
                scheduled = cast(int, at)  # SAQ says int, but sorts by it as Redis does
                await queue.enqueue(self._job(i, "stamp", scheduled=scheduled))
            while len(self.starts) < self.order.jobs:
                await asyncio.sleep(PAUSE)
            return percentiles([(self.starts[i] - at) * 1000 for i, at in due.items()])

    async def idle(self) -> dict[str, float]:
        """Do nothing for ten seconds."""
        queue = await self.open()
        async with self.working(queue):
            await asyncio.sleep(1)
            cpu = time.process_time()
            await asyncio.sleep(IDLE)
            return {"core": (time.process_time() - cpu) / IDLE * 100}


if __name__ == "__main__":
    main(Stock)

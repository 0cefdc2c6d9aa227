"""Our side of the queue's benchmark: one process that does one measured thing.

Prints one line of JSON; its log goes to standard error.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psutil
from tests.benchmarks.queue.program import IDLE, PAUSE, Order, Program, main, percentiles

from hutch import App, Inject, Module, Role, bind
from hutch.context import TraceParent, bind_context
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_queue import Queue, QueueAdmin, injected, job, processor, queue_module
from hutch_redis import RedisSettings


class Session:
    """Made for each job."""


@dataclass
class Tally:
    """Counts the jobs that ran."""

    wanted: int = 0
    seen: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    starts: dict[int, float] = field(default_factory=dict[int, float])

    def count(self) -> None:
        """Note one more."""
        self.seen += 1
        if self.seen >= self.wanted:
            self.done.set()

    async def until(self, wanted: int) -> None:
        """Wait until so many have run."""
        self.wanted = wanted
        self.done.clear()
        if self.seen < wanted:
            await self.done.wait()


def jobs(concurrency: int) -> type[Any]:
    """Make the processor for a concurrency."""

    @processor("bench", concurrency=concurrency)
    @dataclass
    class Bench:
        tally: Tally

        @job
        async def noop(self, a: int, note: str = "") -> None:
            self.tally.count()

        @job
        async def scoped(self, a: int, note: str = "", session: Inject[Session] = injected) -> None:
            self.tally.count()

        @job
        async def io(self, a: int, note: str = "", session: Inject[Session] = injected) -> None:
            await asyncio.sleep(0.01)
            self.tally.count()

        @job
        async def stamp(self, a: int, note: str = "") -> float:
            self.tally.starts[a] = time.time()
            self.tally.count()
            return time.time()

    return Bench


class Ours(Program):
    """Hutch's queue."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.jobs = jobs(order.concurrency)
        redis = RedisSettings.model_validate({"url": order.url, "prefix": "bench:"})
        level: Any = "INFO" if order.full else "WARNING"
        configure_logging(LogSettings.model_validate({"level": level, "format": "json"}))
        module = Module(
            "bench",
            imports=[queue_module("bench")],
            providers=[Tally, self.jobs, bind(Session).to(Session).per_request()],
            exports=[Queue, QueueAdmin, Tally],
        )
        self.app = App(module, bind(RedisSettings).value(redis))

    @property
    def _call(self) -> Any:
        if self.order.kind == "io":
            return self.jobs.io
        return self.jobs.scoped if self.order.full else self.jobs.noop

    async def fill(self) -> dict[str, float]:
        """Enqueue all jobs in one call."""
        async with self.app.started(Role.WEB) as app:
            queue = app.get(Queue)
            calls = [self._call(i, self.order.note) for i in range(self.order.jobs)]
            carried = {"request_id": "bench", "traceparent": str(TraceParent.new())}
            begin, cpu = time.perf_counter(), time.process_time()
            if self.order.full:
                with bind_context(**carried):
                    await queue.enqueue_all(calls)
            else:
                await queue.enqueue_all(calls)
            return self.rates(time.perf_counter() - begin, time.process_time() - cpu)

    async def drain(self) -> dict[str, float]:
        """Run jobs that wait, until that many have ended."""
        async with self.app.started(Role.WORKER) as app:
            tally, admin = app.get(Tally), app.get(QueueAdmin)
            begin, cpu = time.perf_counter(), time.process_time()
            await tally.until(self.order.jobs)
            while not self.order.partial and (await admin.stats("bench")).active:
                await asyncio.sleep(0.001)
            return self.rates(time.perf_counter() - begin, time.process_time() - cpu)

    async def marathon(self) -> dict[str, float]:
        """Run jobs that wait; tell the rate of the first 30,000 and the memory on the way."""
        async with self.app.started(Role.WORKER) as app:
            tally, begin = app.get(Tally), time.perf_counter()
            found: dict[str, float] = {}
            for wanted in (30_000, 100_000, 1_000_000):
                if wanted > self.order.jobs:
                    break
                await tally.until(wanted)
                found.setdefault("per_second", wanted / (time.perf_counter() - begin))
                found[f"rss_{wanted}"] = psutil.Process().memory_info().rss
            return found

    async def pickup(self) -> dict[str, float]:
        """Enqueue a job now and then while the worker idles: until it runs, in ms."""
        async with self.app.started(Role.ALL) as app:
            queue, tally = app.get(Queue), app.get(Tally)
            taken: list[float] = []
            for i in range(self.order.jobs):
                await asyncio.sleep(PAUSE)
                begin = time.time()
                await queue.enqueue(self.jobs.stamp(i))
                await tally.until(i + 1)
                taken.append((tally.starts[i] - begin) * 1000)
            return percentiles(taken)

    async def result(self) -> dict[str, float]:
        """Enqueue a job now and then and wait for its result: from its return on, in ms."""
        async with self.app.started(Role.ALL) as app:
            queue = app.get(Queue)
            taken: list[float] = []
            for i in range(self.order.jobs):
                await asyncio.sleep(PAUSE)
                handle = await queue.enqueue(self.jobs.stamp(i))
                returned: float = await handle.result()
                taken.append((time.time() - returned) * 1000)
            return percentiles(taken)

    async def late(self) -> dict[str, float]:
        """Enqueue delayed jobs and see how late they start, in ms."""
        async with self.app.started(Role.ALL) as app:
            queue, tally = app.get(Queue), app.get(Tally)
            begin = time.time() + 0.5
            due = {i: begin + i * PAUSE for i in range(self.order.jobs)}
            for i, at in due.items():
                await queue.enqueue(self.jobs.stamp(i), at=datetime.fromtimestamp(at, UTC))
            await tally.until(self.order.jobs)
            return percentiles([(tally.starts[i] - at) * 1000 for i, at in due.items()])

    async def idle(self) -> dict[str, float]:
        """Do nothing for ten seconds."""
        async with self.app.started(Role.WORKER):
            await asyncio.sleep(1)
            cpu = time.process_time()
            await asyncio.sleep(IDLE)
            return {"core": (time.process_time() - cpu) / IDLE * 100}


if __name__ == "__main__":
    main(Ours)

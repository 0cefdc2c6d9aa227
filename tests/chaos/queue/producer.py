"""Producer: enqueues at a steady rate, and writes down what it asked for and what was acknowledged.

``python -m tests.chaos.queue.producer JOBS RATE SEED``: exits 0 when so many are acknowledged.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.chaos.queue.app import After, Chaos, chaos
from tests.chaos.queue.journal import ChaosSettings, Lines
from tests.chaos.queue.mix import Planned, planned

from hutch import App, Role
from hutch_queue import Call, Handle, Queue, QueueAdmin, QueueUnavailable

MOST_AT_ONCE = 50
STEP = 10
"""The numbers that one moment's jobs share."""
APART = timedelta(seconds=10)
"""Time for the second of two calls with one key, before a job of the first has gone."""


def acknowledged_in(folder: Path) -> Path:
    """Name the file of the producer."""
    return folder / "acknowledged"


class Producer:
    """Enqueues until enough is acknowledged.

    Attributes:
        acknowledged: How many jobs were.
    """

    def __init__(self, queue: Queue, admin: QueueAdmin, lines: Lines, seed: int) -> None:
        self._queue = queue
        self._admin = admin
        self._lines = lines
        self._seed = seed
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self.acknowledged = 0

    async def run(self, jobs: int, rate: float) -> None:
        """Enqueue so many jobs, so many a second; catch up after an outage."""
        began, number = time.monotonic(), 0
        async with asyncio.TaskGroup() as tasks:
            while self.acknowledged < jobs:
                await asyncio.sleep(began + number / rate - time.monotonic())
                await self._free.acquire()
                number += 1
                tasks.create_task(self._moment(number))

    async def _moment(self, n: int) -> None:
        number, plan = n * STEP, planned(self._seed, n)
        self._lines.write("asked", number)
        began = time.monotonic()
        try:
            await self._enqueue(number, plan)
        except QueueUnavailable:
            self._lines.write("unknown", number, f"{time.monotonic() - began:.3f}")
        finally:
            self._free.release()

    async def _enqueue(self, number: int, plan: Planned) -> None:
        match plan.kind:
            case "twice":
                await self._twice(number, plan)
            case "aborted":
                await self._abort(number, plan)
            case "chain":
                await self._chain(number, plan)
            case "group":
                await self._group(number, plan)
            case _:
                self._write(number, plan, await self._queue.enqueue(_call(number, plan)))

    async def _twice(self, number: int, plan: Planned) -> None:
        """Enqueue under one key twice: the second is refused, or takes the first one's place."""
        key = f"twice-{self._seed}-{number}"
        call = Chaos.work(number, plan.ms).with_options(key=key)
        if plan.ms % 2:
            first = second = call.with_options(unique_for=APART)
        else:
            first, second = call.with_options(delay=APART), call.with_options(replace=True)
        self._write(number, plan, await self._queue.enqueue(first))
        await self._queue.enqueue(second)

    async def _chain(self, number: int, plan: Planned) -> None:
        last = await self._queue.chain(Chaos.work(number, plan.ms), After.follow(number + 1))
        self._write(number + 1, plan, last)
        self._acknowledge(number, plan, "-")

    async def _abort(self, number: int, plan: Planned) -> None:
        late = timedelta(seconds=plan.ms % 2 * 3)
        handle = await self._queue.enqueue(Chaos.work(number, 3000), delay=late)
        self._write(number, plan, handle)
        await asyncio.sleep(random.Random(number).random())
        try:
            await self._admin.abort("chaos", handle.id)
        except QueueUnavailable:
            return

    async def _group(self, number: int, plan: Planned) -> None:
        members = [Chaos.work(number + i, plan.ms) for i in range(3)]
        handles = await self._queue.group(members, then=After.follow(number + 3))
        for i, handle in enumerate(handles):
            self._write(number + i, plan, handle)
        self._acknowledge(number + 3, plan, "-")

    def _write(self, number: int, plan: Planned, handle: Handle[object]) -> None:
        self._acknowledge(number, plan, handle.id)

    def _acknowledge(self, number: int, plan: Planned, id: str) -> None:
        self._lines.write("acknowledged", number, plan.kind, id)
        self.acknowledged += 1


def _call(number: int, plan: Planned) -> Call[Any]:
    """Make the call of what is one job and needs no more than to be enqueued."""
    match plan.kind:
        case "first":
            return Chaos.work(number, plan.ms).with_options(priority=1)
        case "delayed":
            return Chaos.work(number, plan.ms).with_options(delay=timedelta(seconds=plan.delay))
        case "retried":
            return Chaos.work(number, plan.ms, fails=1)
        case "dies":
            return Chaos.work(number, plan.ms, fails=3)
        case "snoozed":
            return Chaos.snooze(number)
        case _:
            return Chaos.work(number, plan.ms)


async def main(jobs: int, rate: float, seed: int) -> None:
    async with App(chaos).started(Role.WEB) as running:
        folder = running.get(ChaosSettings).folder
        lines = Lines(acknowledged_in(folder))
        producer = Producer(running.get(Queue), running.get(QueueAdmin), lines, seed)
        await producer.run(jobs, rate)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))

"""Conductor: inflicts the faults and writes each of them down."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tests.chaos.queue.plan import Kind, Plan
from tests.chaos.queue.processes import Worker
from tests.chaos.queue.proxy import Cut, Proxy
from tests.chaos.queue.server import Server


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done, or happened by itself.

    Attributes:
        kind: ``died`` is a worker that ended although nobody told it to.
        pid: To which worker; 0 for the server.
        start: Seconds of the monotonic clock.
        code: With which the process exited, where it was asked to.
    """

    kind: Kind | Literal["died"]
    pid: int
    start: float
    end: float
    code: int | None = None


def faults_in(folder: Path) -> Path:
    """Name the file of the conductor."""
    return folder / "faults"


def read_faults(folder: Path) -> list[Fault]:
    """Read what was done."""
    return [Fault(**json.loads(line)) for line in faults_in(folder).read_text().splitlines()]


class Conductor:
    """Does to workers and server what the plan says.

    Attributes:
        counts: How many faults there were of each kind.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        server: Server,
        workers: list[tuple[Worker, Proxy]],
        producer: Proxy,
    ) -> None:
        self._plan = plan
        self._file = faults_in(folder)
        self._server = server
        self._workers = [worker for worker, _ in workers]
        self._free = list(workers)
        self._producer = producer
        self._draw = random.Random(plan.seed + 1)
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Inflict all faults; return when the last one is over."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for at, kind in self._plan.faults():
                await asyncio.sleep(began + at - time.monotonic())
                tasks.create_task(self._inflict(kind))
        for worker in self._workers:
            await self._look_after(worker)

    async def _inflict(self, kind: Kind) -> None:
        if kind == "server":
            await self._kill_server()
        elif kind == "producer cut":
            await self._lose(kind, 0, self._producer, "cut")
        else:
            worker, proxy = await self._take()
            try:
                await self._hurt(kind, worker, proxy)
            finally:
                self._free.append((worker, proxy))

    async def _take(self) -> tuple[Worker, Proxy]:
        """Wait for a worker that runs jobs and to which nothing else is being done."""
        while True:
            self._draw.shuffle(self._free)
            for place, (worker, _) in enumerate(self._free):
                if worker.is_ready:
                    return self._free.pop(place)
                await self._look_after(worker)
            await asyncio.sleep(0.05)

    async def _look_after(self, worker: Worker) -> None:
        if worker.is_dead:
            code = await worker.ended()
            self._write("died", worker.pid, time.monotonic(), code)
            await worker.start()

    async def _hurt(self, kind: Kind, worker: Worker, proxy: Proxy) -> None:
        match kind:
            case "kill":
                start = worker.send(signal.SIGKILL)
                await worker.ended()
                self._write(kind, worker.pid, start)
                await worker.start()
            case "term":
                start = worker.send(signal.SIGTERM)
                code = await worker.ended(self._plan.grace + 20)
                self._write(kind, worker.pid, start, code)
                await worker.start()
            case "stop short":
                await self._stop(kind, worker, self._draw.uniform(0.3, self._plan.lease * 0.7))
            case "stop long":
                longer = self._plan.lease + self._draw.uniform(0.5, 3)
                await self._stop(kind, worker, longer)
            case "cut" | "hang":
                await self._lose(kind, worker.pid, proxy, kind)
            case "server" | "producer cut":
                raise AssertionError(f"{kind} is no worker's")

    async def _stop(self, kind: Kind, worker: Worker, seconds: float) -> None:
        start = worker.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        worker.send(signal.SIGCONT)
        self._write(kind, worker.pid, start)

    async def _lose(self, kind: Kind, pid: int, proxy: Proxy, cut: Cut) -> None:
        if (at := await proxy.lose_reply(cut)) is not None:
            self._write(kind, pid, at)

    async def _kill_server(self) -> None:
        start = time.monotonic()
        await self._server.kill()
        await asyncio.sleep(self._draw.uniform(0, 1.5))
        await self._server.start()
        self._write("server", 0, start)

    def _write(
        self, kind: Kind | Literal["died"], pid: int, start: float, code: int | None = None
    ) -> None:
        self.counts[kind] += 1
        fault = Fault(kind, pid, start, time.monotonic(), code)
        with self._file.open("a") as lines:
            lines.write(json.dumps(asdict(fault)) + "\n")

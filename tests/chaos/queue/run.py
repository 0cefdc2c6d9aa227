"""Run: one plan from start to end, in a folder that holds all that was written down."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.queue.conductor import Conductor
from tests.chaos.queue.plan import Plan
from tests.chaos.queue.processes import Worker, start
from tests.chaos.queue.producer import acknowledged_in
from tests.chaos.queue.proxy import Proxy
from tests.chaos.queue.server import Server
from tests.chaos.queue.snapshot import PREFIX, is_drained, memory, opened, take
from tests.chaos.queue.waiting import until

DRAIN = 90.0
"""Seconds until all jobs must have ended once no fault is inflicted any more."""


@dataclass(frozen=True, slots=True)
class Now:
    """How far a run is.

    Attributes:
        faults: How many there were of each kind.
    """

    seconds: float
    acknowledged: int
    faults: Mapping[str, int]


Progress = Callable[[Now], None]


async def run(plan: Plan, folder: Path, progress: Progress = lambda _: None) -> None:
    """Run a plan; what it left behind is for the checker."""
    async with AsyncExitStack() as stack:
        server = Server(folder, plan.fsync)
        await server.start()
        stack.push_async_callback(server.kill)
        before = await memory(server)
        workers = [await _worker(plan, folder, server, n, stack) for n in range(plan.workers)]
        proxy = await stack.enter_async_context(Proxy(server.socket))
        conductor = Conductor(plan, folder, server, workers, proxy)
        telling = asyncio.create_task(_tell(conductor, folder, progress))
        stack.callback(telling.cancel)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(conductor.run())
            tasks.create_task(_produce(plan, folder, proxy.url))
        await _drained(server)
        await _stop(server, [worker for worker, _ in workers])
        await take(server, folder, before)


async def _worker(
    plan: Plan, folder: Path, server: Server, n: int, stack: AsyncExitStack
) -> tuple[Worker, Proxy]:
    proxy = await stack.enter_async_context(Proxy(server.socket))
    env = {
        **_env(),
        "HUTCH_QUEUE__LEASE": str(plan.lease),
        "HUTCH_QUEUE__SHUTDOWN_GRACE": str(plan.grace),
    }
    worker = Worker(f"worker-{n}", proxy.url, folder, env)
    stack.push_async_callback(worker.kill)
    await worker.start()
    return worker, proxy


def _env() -> dict[str, str]:
    return {"REDIS_PREFIX": PREFIX, "HUTCH_LOG__LEVEL": "warning"}


async def _produce(plan: Plan, folder: Path, url: str) -> None:
    words = [str(plan.jobs), str(plan.rate), str(plan.seed)]
    command = [sys.executable, "-m", "tests.chaos.queue.producer", *words]
    env = {
        **_env(),
        "REDIS_URL": url,
        "HUTCH_QUEUE__BACKEND": "redis",
        "HUTCH_CHAOS__FOLDER": str(folder),
    }
    log = folder / "producer.log"
    process = await start(command, log, env)
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    assert code == 0, f"the producer failed: {log.read_text()[-2000:]}"


async def _drained(server: Server) -> None:
    """Wait until all jobs have ended; what has not by then the checker will find."""
    with suppress(TimeoutError):
        async with opened(server) as (redis, store):
            await until(lambda: is_drained(redis, store), DRAIN)


async def _stop(server: Server, workers: list[Worker]) -> None:
    async with opened(server) as (_, store):

        async def all_joined() -> bool:
            known = " ".join(await store.workers("chaos"))
            return all(f"{worker.pid:x}-" in known for worker in workers)

        await until(all_joined, 30)
    for worker in workers:
        worker.send(signal.SIGTERM)
    for worker in workers:
        code = await worker.ended()
        assert code == 0, f"{worker.name} exited with {code}: {worker.log}"


async def _tell(conductor: Conductor, folder: Path, progress: Progress) -> None:
    began, path = time.monotonic(), acknowledged_in(folder)
    while True:
        await asyncio.sleep(5)
        count = path.read_bytes().count(b"acknowledged ") if path.exists() else 0
        progress(Now(time.monotonic() - began, count, dict(conductor.counts)))

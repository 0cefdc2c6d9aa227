"""Crew: a Valkey, a producer in this process, and workers in processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.queue.app import QUEUES, chaos
from tests.chaos.queue.journal import ChaosSettings, Run, read_runs
from tests.chaos.queue.processes import Worker
from tests.chaos.queue.server import Server
from tests.chaos.queue.snapshot import PREFIX
from tests.chaos.queue.waiting import until

from hutch import bind
from hutch.testing import Testing, testing
from hutch_queue import Queue, QueueAdmin, QueueSettings
from hutch_redis import RedisSettings


@dataclass
class Crew:
    """A server, the workers that a test started, and a producer in the test's own process."""

    server: Server
    folder: Path
    app: Testing
    stack: AsyncExitStack
    workers: list[Worker] = field(default_factory=list[Worker])

    @property
    def queue(self) -> Queue:
        return self.app.get(Queue)

    @property
    def admin(self) -> QueueAdmin:
        return self.app.get(QueueAdmin)

    async def worker(self, *, lease: float = 2, grace: float = 5, joins: bool = True) -> Worker:
        """Start a worker; wait until it takes jobs, unless it cannot join."""
        env = {"HUTCH_QUEUE__LEASE": str(lease), "HUTCH_QUEUE__SHUTDOWN_GRACE": str(grace)}
        worker = self.process(env)
        await worker.start()
        if joins:
            await self.joined(worker)
        return worker

    def process(self, env: dict[str, str]) -> Worker:
        """Prepare a process that is killed at the end."""
        name = f"worker-{len(self.workers)}"
        url = f"unix://{self.server.socket}"
        worker = Worker(name, url, self.folder, {"REDIS_PREFIX": PREFIX, **env})
        self.workers.append(worker)
        self.stack.push_async_callback(worker.kill)
        return worker

    async def joined(self, worker: Worker) -> None:
        """Wait until all queues know the worker."""

        async def known() -> bool:
            found = [await self.admin.workers(queue) for queue in QUEUES]
            return all(any(info.pid == worker.pid for info in infos) for infos in found)

        await until(known, 20)

    def runs(self, number: int) -> list[Run]:
        """Read the runs of a job, in the order in which they began."""
        found = (run for run in read_runs(self.folder) if run.number == number)
        return sorted(found, key=lambda run: run.began)

    async def began(self, number: int, *, times: int = 1, seconds: float = 20) -> list[Run]:
        """Wait until a job has begun so often."""

        async def has() -> bool:
            return len(self.runs(number)) >= times

        await until(has, seconds)
        return self.runs(number)


@asynccontextmanager
async def opened_crew(folder: Path) -> AsyncIterator[Crew]:
    """Start a server in a folder; end it, and all workers, with the block."""
    async with AsyncExitStack() as stack:
        server = Server(folder)
        await server.start()
        stack.push_async_callback(server.kill)
        url = f"unix://{server.socket}"
        redis = RedisSettings.model_validate({"url": url, "prefix": PREFIX})
        overrides = (
            bind(RedisSettings).value(redis),
            bind(QueueSettings).value(QueueSettings(backend="redis")),
            bind(ChaosSettings).value(ChaosSettings(folder=folder)),
        )
        app = await stack.enter_async_context(testing(chaos, *overrides, services=False))
        yield Crew(server, folder, app, stack)

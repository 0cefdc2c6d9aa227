"""The app whose processes are killed: its jobs write down what happens to them."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import timedelta

from tests.chaos.queue.journal import ChaosSettings, Journal, Planned

from hutch import App, Inject, Module
from hutch_queue import (
    JobContext,
    Queue,
    QueueAdmin,
    Snooze,
    fixed,
    injected,
    job,
    processor,
    queue_module,
)

QUEUES = ("chaos", "after", "crowd")
CONCURRENCY = 40
"""Enough for a worker to take two turns at once."""
CROWD = 500


@processor("chaos", concurrency=CONCURRENCY)
@dataclass
class Chaos:
    journal: Journal

    @job(attempts=3, backoff=fixed(0.3))
    async def work(
        self, number: int, ms: int, fails: int = 0, job: Inject[JobContext] = injected
    ) -> int:
        """Take some time; fail the first so many times."""
        with self.journal.run(job, number):
            await asyncio.sleep(ms / 1000)
            if job.attempt <= fails:
                raise Planned(number)
        return number

    @job
    async def snooze(self, number: int, job: Inject[JobContext] = injected) -> None:
        """Ask once for a later time."""
        with self.journal.run(job, number):
            if job.fence == 1:
                raise Snooze(timedelta(seconds=0.5))

    @job(timeout=3600)
    async def hang_once(self, number: int, job: Inject[JobContext] = injected) -> int:
        """Hang in the first run, so that somebody can kill the worker."""
        with self.journal.run(job, number):
            if job.fence == 1:
                await asyncio.sleep(3600)
        return job.fence

    @job
    async def kill(self, number: int, job: Inject[JobContext] = injected) -> None:
        """Kill the worker."""
        with self.journal.run(job, number):
            os.kill(os.getpid(), signal.SIGKILL)
            await asyncio.sleep(60)


@processor("after")
@dataclass
class After:
    journal: Journal

    @job
    async def follow(self, number: int, job: Inject[JobContext] = injected) -> None:
        """Come after others."""
        with self.journal.run(job, number):
            await asyncio.sleep(0.01)


@processor("crowd", concurrency=CROWD)
@dataclass
class Crowd:
    journal: Journal

    @job(timeout=3600)
    async def hang_once(self, number: int, job: Inject[JobContext] = injected) -> None:
        """Hang in the first run, so that somebody can kill the worker."""
        with self.journal.run(job, number):
            if job.fence == 1:
                await asyncio.sleep(3600)


chaos = Module(
    "chaos",
    imports=[queue_module(*QUEUES)],
    providers=[ChaosSettings, Journal, Chaos, After, Crowd],
    exports=[Queue, QueueAdmin],
)
app = App(chaos)

"""Draining, as tests of apps do it."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import structlog
import time_machine

from hutch import Module
from hutch.testing import testing
from hutch_queue import Queue, QueueAdmin, QueueStats, exponential, job, processor, queue_module
from hutch_queue.module import core_module


@dataclass
class Log:
    entries: list[str] = field(default_factory=list)


@processor("drain")
@dataclass
class Drained:
    log: Log
    queue: Queue

    @job
    async def pause(self) -> None:
        self.log.entries.append("paused")
        await asyncio.sleep(0)

    @job
    async def note(self, text: str) -> None:
        self.log.entries.append(text)

    @job(attempts=3, backoff=exponential(3600))
    async def fail(self) -> None:
        self.log.entries.append("failed")
        raise ValueError

    @job
    async def spread(self, depth: int) -> None:
        self.log.entries.append(f"depth {depth}")
        if depth:
            await self.queue.enqueue_all([Drained.spread(depth - 1), Drained.note("leaf")])


drained = Module(
    "drained",
    imports=[queue_module("drain"), queue_module("other", "drain")],
    providers=[Log, Drained],
    exports=[Queue, QueueAdmin, Log],
)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.setenv("HUTCH_REDIS__URL", "redis://127.0.0.1:1")
    return drained


@pytest.mark.req("X-17")
async def test_in_tests_the_backend_is_memory_and_shows_what_waits(module: Module) -> None:
    async with testing(module) as app:
        await app.get(Queue).enqueue_all([Drained.note("a"), Drained.note("b")])
        assert Drained.note("a") in app.enqueued
        assert app.enqueued == [Drained.note("a"), Drained.note("b")]
        assert await app.drain() == 2
        assert app.enqueued == []
        assert app.get(Log).entries == ["a", "b"]


@pytest.mark.req("X-17")
async def test_drain_follows_what_jobs_enqueue(module: Module) -> None:
    async with testing(module) as app:
        await app.get(Queue).enqueue(Drained.spread(2))
        assert await app.drain() == 5
        assert app.get(Log).entries == ["depth 2", "depth 1", "leaf", "depth 0", "leaf"]


async def test_two_drains_at_once_run_each_job_once(module: Module) -> None:
    async with testing(module) as app:
        await app.get(Queue).enqueue_all([Drained.pause(), Drained.pause()])
        assert sum(await asyncio.gather(app.drain(), app.drain())) == 2
        assert app.get(Log).entries == ["paused", "paused"]


async def test_drain_jumps_over_backoff(module: Module) -> None:
    async with testing(module) as app:
        await app.get(Queue).enqueue(Drained.fail())
        assert await app.drain() == 3
        assert app.get(Log).entries == ["failed"] * 3


@pytest.mark.req("X-17")
async def test_drain_leaves_what_is_due_later_until_it_is_due(module: Module) -> None:
    with time_machine.travel("2026-01-01T00:00Z", tick=False) as clock:
        async with testing(module) as app:
            await app.get(Queue).enqueue(Drained.note("a"), delay=timedelta(minutes=5))
            assert await app.drain() == 0
            assert app.enqueued == [Drained.note("a")]
            clock.shift(timedelta(minutes=5))
            assert await app.drain() == 1


async def test_metrics_tell_the_depths(module: Module) -> None:
    from hutch import Discovery

    async with testing(module) as app:
        await app.get(Queue).enqueue(Drained.note("a"))
        readings = [reading for reading, _ in await app.app.get(Discovery).metrics()]
        found: dict[Any, float] = {reading.labels: reading.value for reading in readings}
        assert found[("queue", "drain"), ("state", "waiting")] == 1
        assert found[("queue", "other"), ("state", "waiting")] == 0
        assert await app.get(QueueAdmin).stats("other") == QueueStats(0, 0, 0)


def test_all_queue_modules_share_one_queue() -> None:
    assert queue_module("a").imports == queue_module("b").imports == (core_module(),)


async def test_with_memory_no_connection_to_redis_is_opened(on_memory: Any) -> None:
    with structlog.testing.capture_logs() as lines:
        async with on_memory()(drained) as app:
            handle = await app.get(Queue).enqueue(Drained.note("a"))
            await handle.result()
    assert [line["event"] for line in lines if "redis" in line["event"]] == []

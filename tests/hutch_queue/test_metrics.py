"""What the queues tell those who watch them."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from hutch import Discovery, Module
from hutch.testing import Testing
from hutch_queue import Queue, QueueAdmin, job, processor, queue_module
from hutch_queue.contracts.ward import until
from hutch_queue.metrics import HELP

Figures = dict[tuple[str, ...], float]


@dataclass
class Gate:
    open: asyncio.Event = field(default_factory=asyncio.Event)


@processor("watched")
@dataclass
class Watched:
    gate: Gate

    @job(attempts=2, backoff=lambda _: 0)
    async def fail(self) -> None:
        raise ValueError

    @job
    async def note(self) -> None: ...

    @job
    async def wait(self) -> None:
        await self.gate.open.wait()


watched = Module(
    "watched",
    imports=[queue_module("watched", "idle")],
    providers=[Watched, Gate],
    exports=[Queue, QueueAdmin, Gate],
)


@pytest.fixture(params=["on_memory", "on_redis"])
def start(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)()


async def figures(app: Testing) -> Figures:
    """Read all figures of the queues by name and the values of their labels."""
    found: Figures = {}
    for reading, text in await app.app.get(Discovery).metrics():
        if reading.name.startswith("hutch_queue_"):
            assert text == HELP[reading.name]
            found[(reading.name, *(value for _, value in reading.labels))] = reading.value
    return found


@pytest.mark.req("R24-53")
async def test_jobs_are_counted_by_queue_and_state(start: Any) -> None:
    async with start(watched) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        await (await queue.enqueue(Watched.note())).result()
        failed = await queue.enqueue(Watched.fail())
        await until(lambda: admin.job("watched", failed.id), lambda info: info.ended is not None)
        active = await queue.enqueue(Watched.wait())
        await until(lambda: admin.job("watched", active.id), lambda info: info.state == "active")
        await queue.enqueue(Watched.note(), delay=timedelta(hours=1))
        await admin.pause("watched")
        await queue.enqueue_all([Watched.note()] * 3)
        found = await figures(app)
        app.get(Gate).open.set()
    wanted = {"waiting": 0, "active": 1, "delayed": 1, "completed": 1, "failed": 1, "paused": 3}
    for state, count in wanted.items():
        assert found["hutch_queue_jobs", "watched", state] == count
        assert found["hutch_queue_jobs", "idle", state] == 0
    assert found["hutch_queue_workers", "watched"] == 1
    assert found["hutch_queue_workers", "idle"] == 0


async def test_counters_only_rise_also_when_records_go(start: Any) -> None:
    async with start(watched) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        assert await _attempts(app) == {"completed": 0, "failed": 0, "retried": 0, "snoozed": 0}
        await (await queue.enqueue(Watched.note())).result()
        failed = await queue.enqueue(Watched.fail())
        await until(lambda: admin.job("watched", failed.id), lambda info: info.ended is not None)
        counted = await _attempts(app)
        assert counted == {"completed": 1, "failed": 1, "retried": 1, "snoozed": 0}
        assert await admin.drain("watched", "completed") == 1
        assert await admin.drain("watched", "failed") == 1
        assert await _attempts(app) == counted
        await (await queue.enqueue(Watched.note())).result()
        assert await _attempts(app) == counted | {"completed": 2}


async def _attempts(app: Testing) -> dict[str, float]:
    found = await figures(app)
    name = "hutch_queue_attempts_total"
    return {labels[1]: value for (kind, *labels), value in found.items()
            if kind == name and labels[0] == "watched"}  # fmt: skip


async def test_latency_is_that_of_the_next_job(start: Any) -> None:
    async with start(watched, services=False) as app:
        latency = "hutch_queue_latency_seconds", "watched"
        assert (await figures(app))[latency] == 0
        await app.get(Queue).enqueue(Watched.note())
        found = await until(lambda: figures(app), lambda found: found[latency] > 0.02)
        assert found[latency] < 60
        assert found["hutch_queue_latency_seconds", "idle"] == 0


def test_the_names_say_what_is_a_counter() -> None:
    assert [name for name in HELP if name.endswith("_total")] == ["hutch_queue_attempts_total"]

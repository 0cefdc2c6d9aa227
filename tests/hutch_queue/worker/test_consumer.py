"""A worker whose messages overtake one another, or whose store refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import structlog

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_queue import Queue, QueueSettings, job, processor, queue_module
from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.store import Beat, Ended, Entry, Keeping, Turn
from hutch_queue.storage.stores import Stores
from hutch_queue.worker import consumer, presence

T = TypeVar("T")


@dataclass
class Gate:
    began: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    runs: int = 0


@processor("busy", concurrency=100)
@dataclass
class Busy:
    gate: Gate

    @job
    async def wait(self) -> str:
        self.gate.runs += 1
        self.gate.began.set()
        await self.gate.opened.wait()
        return "done"


busy = Module("busy", imports=[queue_module("busy")], providers=[Gate, Busy], exports=[Gate, Queue])


class Cut(Exception):
    """The connection broke."""


class Unruly(MemoryStore):
    """A store whose connection breaks when told, and one of whose messages is overtaken.

    Attributes:
        late: Which message is under way until the worker has come back.
    """

    away: tuple[type[Exception], ...] = (Cut,)

    def __init__(self) -> None:
        super().__init__()
        self.late = ""
        self.sent = asyncio.Event()
        self.cut = asyncio.Event()
        self.beaten = asyncio.Event()
        self.refusals = 0
        self._overtaken = asyncio.Event()
        self._answered = asyncio.Event()

    async def turn(
        self, queue: str, worker: str, ended: Sequence[Ended], free: int, keep: Keeping
    ) -> Turn | None:
        if self.refusals:
            self.refusals -= 1
            raise RuntimeError("not now")
        turn = super().turn(queue, worker, ended, free, keep)
        return await self._under_way("turn" if ended else "", turn)

    async def beat(self, *args: Any) -> Beat | None:
        self.beaten.set()
        return await self._under_way("beat", super().beat(*args))

    async def join(self, *args: Any) -> set[str]:
        kept = await super().join(*args)
        if self.sent.is_set():
            self._overtaken.set()
            await self._answered.wait()
        return kept

    async def wait(self, queues: Sequence[str], seconds: float) -> str | None:
        waiting = asyncio.ensure_future(super().wait(queues, seconds))
        cut = asyncio.ensure_future(self.cut.wait())
        await asyncio.wait([waiting, cut], return_when=asyncio.FIRST_COMPLETED)
        if cut.done():
            self.cut.clear()
            waiting.cancel()
            raise Cut
        cut.cancel()
        return await waiting

    async def _under_way(self, name: str, message: Awaitable[T]) -> T:
        if name != self.late or not name:
            return await message
        self.late = ""
        self.sent.set()
        await self._overtaken.wait()
        self._answered.set()
        return await message


@pytest.fixture
def store() -> Unruly:
    return Unruly()


@pytest.fixture
async def app(store: Unruly) -> AsyncIterator[Testing]:
    overrides = (
        bind(Stores).value(Stores(store, store)),
        bind(QueueSettings).value(QueueSettings(backend="memory", lease=30)),
    )
    async with testing(busy, *overrides, services=True) as opened:
        yield opened


async def test_an_end_that_arrives_after_the_worker_came_back_is_told_again(
    app: Testing, store: Unruly
) -> None:
    gate = app.get(Gate)
    handle = await app.get(Queue).enqueue(Busy.wait())
    await gate.began.wait()
    store.late = "turn"
    gate.opened.set()
    await store.sent.wait()
    store.cut.set()
    assert await handle.result(5) == "done"
    assert gate.runs == 1


async def test_what_is_said_of_an_old_name_stops_no_job(app: Testing, store: Unruly) -> None:
    gate = app.get(Gate)
    handle = await app.get(Queue).enqueue(Busy.wait())
    await gate.began.wait()
    store.late = "beat"
    await store.sent.wait()
    store.beaten.clear()
    store.cut.set()
    await store.beaten.wait()  # the reply to the one before was heard
    gate.opened.set()
    assert await handle.result(5) == "done"
    assert gate.runs == 1


async def test_a_worker_outlasts_errors_that_it_does_not_know(app: Testing, store: Unruly) -> None:
    app.get(Gate).opened.set()
    queue = app.get(Queue)
    await (await queue.enqueue(Busy.wait())).result(5)
    store.refusals = 2
    with structlog.testing.capture_logs() as lines:
        handle = await queue.enqueue(Busy.wait())
        assert await handle.result(5) == "done"
    reasons = [line["reason"] for line in lines if line["event"] == "queue refuses its worker"]
    assert reasons == ["RuntimeError: not now"] * 2


async def test_a_worker_outlasts_a_record_that_cannot_be_read(app: Testing, store: Unruly) -> None:
    app.get(Gate).opened.set()
    await store.enqueue([("busy", [Entry("broken", '{"queued":1,"function":')], 0)])
    handle = await app.get(Queue).enqueue(Busy.wait())
    assert await handle.result(5) == "done"
    counts = await store.counts("busy")
    assert (counts.completed, counts.failed, counts.active) == (1, 1, 0)


async def test_a_worker_that_is_long_refused_asks_about_its_last_names_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "MOST_NAMES", 3)
    monkeypatch.setattr(presence, "BETWEEN", 0.001)
    asked: list[int] = []

    class Refusing(MemoryStore):
        async def join(self, *args: Any) -> set[str]:
            asked.append(len(args[5]))
            if len(asked) < 6:
                raise RuntimeError("not now")
            return await super().join(*args)

    store = Refusing()
    async with testing(busy, bind(Stores).value(Stores(store, store)), services=True) as app:
        app.get(Gate).opened.set()
        handle = await app.get(Queue).enqueue(Busy.wait())
        assert await handle.result(5) == "done"
    assert asked[:6] == [0, 1, 2, 3, 3, 3]


async def test_a_worker_whose_server_vanished_without_a_word_hears_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer, "IDLE", 0.05)
    waits = asyncio.Event()

    class Vanishing(MemoryStore):
        async def wait(self, queues: Sequence[str], seconds: float) -> str | None:
            if not waits.is_set():
                waits.set()
                await asyncio.Event().wait()
            return await super().wait(queues, seconds)

    store = Vanishing()
    overrides = (
        bind(Stores).value(Stores(store, store)),
        bind(QueueSettings).value(QueueSettings(backend="memory", lease=1)),
    )
    async with testing(busy, *overrides, services=True) as app:
        app.get(Gate).opened.set()
        await waits.wait()
        handle = await app.get(Queue).enqueue(Busy.wait())
        assert await handle.result(10) == "done"

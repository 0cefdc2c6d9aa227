"""An app that uses every module with a backend, and the work that it does with each."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel

from hutch import Module
from hutch.testing import Testing
from hutch_cache import Cache, Entry, cache_module
from hutch_lock import Locks, Once, lock_module
from hutch_metrics import Metrics, metrics_module
from hutch_pause import PauseSwitch, pause_module
from hutch_pubsub import Channel, Events, Inbox, InboxSpec, Message, consumer, pubsub_module
from hutch_queue import Queue, job, processor, queue_module
from hutch_ratelimit import RateLimiter, fixed_window, gcra, per_day, ratelimit_module
from hutch_session import Sessions, session_module

MODULES = ("cache", "lock", "metrics", "pause", "pubsub", "queue", "ratelimit", "session")
MINUTE = timedelta(minutes=1)
PRODUCTS = Entry("products", list[str], ttl="6h", tags=("catalogue",), stale="10m")


class Note(BaseModel):
    text: str


NOTED = Channel("notes:noted:{user}", Note, history=10)
NOTES = InboxSpec("QUEUE:notes", Note)


@dataclass
class Seen:
    texts: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def see(self, text: str) -> None:
        async with self.changed:
            self.texts.append(text)
            self.changed.notify_all()

    async def until(self, *texts: str) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: set(texts) <= set(self.texts))


@processor("sync_to_supabase")
@dataclass
class Jobs:
    seen: Seen

    @job
    async def note(self, text: str) -> str:
        await self.seen.see(text)
        return text


@dataclass
class Reader:
    seen: Seen

    @consumer(NOTES)
    async def read(self, note: Note) -> None:
        await self.seen.see(note.text)


shelf = Module(
    "shelf",
    imports=[
        cache_module(PRODUCTS),
        lock_module(),
        metrics_module(),
        pause_module(),
        pubsub_module(NOTES),
        queue_module("sync_to_supabase"),
        ratelimit_module(),
        session_module(),
    ],
    providers=[Seen, Jobs, Reader],
    exports=[
        Cache, Events, Inbox, Locks, Metrics, Once, PauseSwitch, Queue, RateLimiter, Seen, Sessions,
    ],
)  # fmt: skip


async def use_all(t: Testing) -> None:
    """Do something with every module, and see that it does what it should."""
    await _keep(t)
    await _guard(t)
    await _tell(t)


async def _keep(t: Testing) -> None:
    async def load() -> list[str]:
        return ["scarf"]

    assert await t.get(Cache).get_or_load(PRODUCTS.key("a"), load) == ["scarf"]
    session = await t.get(Sessions).create({"page": 1}, user="7")
    found = await t.get(Sessions).load(session.id)
    assert found is not None
    assert found.data == {"page": 1}
    t.get(Metrics).count("notes")
    await t.get(Metrics).flush()
    assert (await t.get(Metrics).daily())["notes"] >= 1


async def _guard(t: Testing) -> None:
    counters = (per_day(50).at("a"), gcra(10, MINUTE).at("b"), fixed_window(5, MINUTE).at("c"))
    assert (await t.get(RateLimiter).take(*counters)).allowed
    gate = await t.get(PauseSwitch).gate("ada", fixed_window(1, MINUTE))
    assert gate.allowed
    assert not (await t.get(PauseSwitch).gate("ada", fixed_window(1, MINUTE))).allowed
    assert (await t.get(PauseSwitch).pause_all()) is not None
    await t.get(PauseSwitch).resume_all()
    async with t.get(Locks).hold("sync_in_progress", ttl=MINUTE) as held:
        assert held.fence > 0

    async def work() -> int:
        return 7

    assert await t.get(Once).run("order-7", work, keep=MINUTE) == 7


async def _tell(t: Testing) -> None:
    async with t.get(Events).subscribe(NOTED.of(user=7)) as stream, asyncio.timeout(10):
        await t.get(Events).publish(NOTED.of(user=7), Note(text="told"))
        item = await anext(stream)
        assert isinstance(item, Message)
        await t.get(Inbox).add(NOTES, Note(text="waits"))
        handle = await t.get(Queue).enqueue(Jobs.note("works"))
        await t.get(Seen).until("waits", "works")
        assert await handle.result() == "works"

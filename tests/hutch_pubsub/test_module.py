"""The module in an app: health, metrics, the backends and the settings."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.hutch_pubsub.bot import MESSAGES, Chat, Journal, bot, chat, until_empty
from tests.hutch_pubsub.conftest import Start

from hutch import Module
from hutch.discovery import Discovery
from hutch.errors import NotStarted, SettingsError
from hutch.settings import load
from hutch_pubsub import (
    Channel,
    Events,
    Gap,
    Inbox,
    InboxAdmin,
    InboxNearlyFull,
    InboxSpec,
    InvalidInbox,
    InvalidMessage,
    Message,
    PubsubSettings,
    consumer,
    pubsub_module,
)
from hutch_pubsub.inbox_metrics import probe_inboxes
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_redis import Redis

SMALL = InboxSpec("small", Chat, max_length=10)
small = Module("small", imports=[pubsub_module(SMALL)], exports=[Inbox, InboxAdmin, Events])


async def readings(app: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    found = await app.get(Discovery).metrics()
    assert all(text for _, text in found)
    return {(one.name, one.labels): one.value for one, _ in found}


async def test_in_memory_no_redis_is_opened(on_memory: Start) -> None:
    async with on_memory(bot) as app:
        await app.get(Inbox).add(MESSAGES, chat(1))
        await app.get(Journal).until(1)
        with pytest.raises(NotStarted):
            app.app.get(Redis, pubsub_module().imports[0])


async def test_figures_are_shown(start: Start) -> None:
    channel = Channel("chats", Chat)
    async with start(small) as app:
        await app.get(Inbox).add_all(SMALL, [chat(n) for n in range(3)])
        async with app.get(Events).subscribe(channel.of()):
            found = await readings(app)
    place = ("inbox", "small")
    assert found["hutch_inbox_entries", (place, ("place", "waiting"))] == 3
    assert found["hutch_inbox_entries", (place, ("place", "dead"))] == 0
    assert 0 <= found["hutch_inbox_oldest_seconds", (place,)] < 5
    assert found["hutch_events_subscribers", ()] == 1
    assert found["hutch_events_connected", ()] == 1
    assert found["hutch_events_dropped_total", ()] == 0


async def test_what_was_handled_is_counted(on_memory: Start) -> None:
    async with on_memory(bot) as app:
        await app.get(Inbox).add_all(MESSAGES, [chat(1), chat(2), chat(2)])
        await app.get(Journal).until(2)
        await until_empty(app)
        found = await readings(app)
    name = "hutch_inbox_handled_total"
    assert found[name, (("inbox", MESSAGES.name), ("outcome", "duplicate"))] == 1


@pytest.mark.req("SM-40", "C-57")
async def test_at_80_percent_there_is_an_alarm(start: Start) -> None:
    async with start(small) as app:
        inbox, admin = app.get(Inbox), app.get(InboxAdmin)
        await inbox.add_all(SMALL, [chat(n) for n in range(7)])
        assert await probe_inboxes(admin) == "small: 7, dead 0, review 0"
        await inbox.add(SMALL, chat(8))
        with pytest.raises(InboxNearlyFull, match="small has 8 of 10 entries"):
            await probe_inboxes(admin)


async def test_a_consumer_says_so_once(on_memory: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hutch_pubsub.intake.TEND", 0.02)
    looks, tend = 0, MemoryInbox.tend

    async def counted(self: MemoryInbox, *args: Any) -> Any:
        nonlocal looks
        looks += 1
        return await tend(self, *args)

    monkeypatch.setattr(MemoryInbox, "tend", counted)
    few = InboxSpec(MESSAGES.name, Chat, max_length=5)
    with capture_logs() as logs:
        async with on_memory(_consuming(few)) as app:
            await app.get(Inbox).add_all(few, [chat(n, content="wait") for n in range(5)])
            async with asyncio.timeout(5):
                while not any(log["event"] == "inbox is nearly full" for log in logs):
                    await asyncio.sleep(0.01)
                told = looks
                while looks < told + 3:
                    await asyncio.sleep(0.01)
            app.get(Journal).gate.set()
    said = [log for log in logs if log["event"] == "inbox is nearly full"]
    assert [log["entries"] for log in said] == [5]


def _consuming(spec: InboxSpec[Chat]) -> Module:
    class Slow:
        def __init__(self, journal: Journal) -> None:
            self.journal = journal

        @consumer(spec)
        async def handle(self, message: Chat) -> None:
            await self.journal.write(message.message_id)
            await self.journal.gate.wait()

    return Module(
        "consuming",
        imports=[pubsub_module(spec)],
        providers=[Journal, Slow],
        exports=[Journal, Inbox],
    )


async def test_one_inbox_is_declared_one_way(on_memory: Start) -> None:
    other = InboxSpec("small", Chat, max_length=11)
    twice = Module("twice", imports=[small, pubsub_module(other)])
    with pytest.raises(InvalidInbox, match="'small' is declared twice, differently"):
        async with on_memory(twice, services=True):
            pass


@pytest.mark.parametrize("name", ["SILENCE", "LEASE", "SHUTDOWN_GRACE"])
def test_seconds_are_finite(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"HUTCH_PUBSUB__{name}", "inf")
    with pytest.raises(SettingsError, match=f"HUTCH_PUBSUB__{name}='inf'.*: .*finite number"):
        load(PubsubSettings)


async def test_operators_are_told_what_cannot_be(start: Start) -> None:
    async with start(small) as app:
        admin = app.get(InboxAdmin)
        wrong: Any = "waiting"
        with pytest.raises(InvalidMessage, match="only what is dead or in review"):
            await admin.replay("small", wrong, "1-1")
        with pytest.raises(InvalidMessage, match="an id looks like"):
            await admin.discard("small", "dead", "x")
        with pytest.raises(InvalidMessage, match="list 1 to 500"):
            await admin.entries("small", limit=501)


async def test_all_that_is_in_review_is_replayed(start: Start) -> None:
    async with start(small) as app:
        inbox, admin = app.get(Inbox), app.get(InboxAdmin)
        await inbox.add_all(SMALL, [chat(n) for n in range(14)])
        assert (await admin.stats("small")).review == 4
        assert await admin.replay_all("small", "review") == 4
        stats = await admin.stats("small")
    assert (stats.length, stats.review) == (10, 4)  # others made room for them


def test_the_items_of_a_stream_can_be_matched() -> None:
    channel = Channel("chats", Chat)
    for item in (Gap("dropped"), Message(channel, {}, chat(1))):
        match item:
            case Message(value=value):
                assert value.message_id == "1"
            case Gap(reason):
                assert reason == "dropped"

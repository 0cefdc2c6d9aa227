"""Consumers whose replies are lost, or never come, or whose server is away as they stop."""

import asyncio
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from tests.hutch_pubsub.bot import MESSAGES, Journal, bot, chat, until_empty
from tests.hutch_pubsub.conftest import Start, starting
from tests.hutch_pubsub.losing import gave, handed_back, lose_first

from hutch import Inject, Module
from hutch_pubsub import (
    Delivery,
    Inbox,
    InboxAdmin,
    InboxSpec,
    InboxUnavailable,
    consumer,
    pubsub_module,
)
from hutch_pubsub.inbox_contract import Chat
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.redis_inbox import RedisInbox
from hutch_pubsub.storage import Turn
from hutch_redis import Redis
from hutch_redis.testing import temporary_server

SLOW = InboxSpec("slow", Chat, attempts=3, retry_after=timedelta(minutes=1))
HELD = InboxSpec("held", Chat, retry_after=timedelta(milliseconds=1))
Step = Callable[..., Awaitable[Any]]


@dataclass
class Clumsy:
    journal: Journal

    @consumer(SLOW, concurrency=4)
    async def drop(self, message: Chat, delivery: Inject[Delivery]) -> None:
        await self.journal.write((message.id, delivery.attempt))
        if message.id == "bad":
            raise ValueError("dropped")


@dataclass
class Patient:
    journal: Journal

    @consumer(HELD)
    async def wait(self, message: Chat) -> None:
        await self.journal.gate.wait()


clumsy = Module(
    "clumsy",
    imports=[pubsub_module(SLOW, HELD)],
    providers=[Journal, Clumsy, Patient],
    exports=[Journal, Inbox, InboxAdmin],
)


def once_silent(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Let a step of the Redis store hang for the first time; list its calls."""
    step: Step = getattr(RedisInbox, name)
    calls: list[str] = []

    async def silent(self: RedisInbox, *args: Any) -> Any:
        calls.append(name)
        if len(calls) == 1:
            await asyncio.Event().wait()
        return await step(self, *args)

    monkeypatch.setattr(RedisInbox, name, silent)
    return calls


async def test_what_waits_for_its_retry_is_not_what_a_lost_reply_gave(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hutch_pubsub.intake.BETWEEN", 0.01)
    monkeypatch.setattr("hutch_pubsub.intake.TEND", 0.05)
    lost = 0
    for store in (MemoryInbox, RedisInbox):

        async def lose(self: Any, *args: Any, turn: Step = store.turn) -> Turn:
            nonlocal lost
            found: Turn = await turn(self, *args)
            if any(entry.fields["id"] != "bad" for entry in found.entries) and lost < wanted:
                lost += 1
                raise RedisConnectionError("the reply was lost")
            return found

        monkeypatch.setattr(store, "turn", lose)
    wanted = 0
    async with start(clumsy) as app:
        await app.get(Inbox).add(SLOW, Chat(id="bad"))
        await app.get(Journal).until(1)
        for wanted in range(1, 5):
            await app.get(Inbox).add(SLOW, Chat(id=f"{wanted}"))
            await app.get(Journal).until(1 + wanted)
        assert app.get(Journal).entries == [("bad", 1), ("1", 1), ("2", 1), ("3", 1), ("4", 1)]
    assert lost == 4


async def test_a_retry_whose_reply_was_lost_comes_back_at_once(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = lose_first(monkeypatch, "tend", gave)
    async with on_redis(bot) as app:
        await app.get(Inbox).add(MESSAGES, chat(1, content="fail once"))
        await app.get(Journal).until(2, seconds=5)
        stats = await until_empty(app)
    assert lost
    assert app.get(Journal).entries == [("1", 1), ("1", 2)]
    assert stats.dead == 0


async def test_a_lost_reply_to_a_hand_back_undoes_no_second_delivery(
    on_redis: Start, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hutch_pubsub.intake.TEND", 0.001)  # it looks before it tells again
    lost = lose_first(monkeypatch, "turn", gave)
    lost_backs = lose_first(monkeypatch, "turn", handed_back)
    async with on_redis(bot) as app:
        await app.get(Inbox).add_all(MESSAGES, [chat(1, content="wait"), chat(2)])
        await app.get(Journal).until(2, seconds=5)
        thief = await RedisInbox(redis, redis.state).tend(MESSAGES, "thief", "-", 10, 15_000)
        assert thief.entries == []
        app.get(Journal).gate.set()
        await until_empty(app)
    assert lost
    assert lost_backs
    assert sorted(app.get(Journal).entries) == [("1", 1), ("2", 1)]


async def test_a_wait_that_says_nothing_is_given_up(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hutch_pubsub.intake.BLOCK", 0.1)
    monkeypatch.setattr("hutch_pubsub.intake.ANSWER", 0.1)
    waits = once_silent(monkeypatch, "wait")
    async with on_redis(bot) as app:
        async with asyncio.timeout(5):
            while not waits:
                await asyncio.sleep(0.01)
        await app.get(Inbox).add(MESSAGES, chat(1))
        await app.get(Journal).until(1, seconds=5)


async def test_a_beat_that_says_nothing_is_given_up(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = once_silent(monkeypatch, "beat")
    async with on_redis(clumsy, lease=1) as app:
        await app.get(Inbox).add(HELD, Chat(id="1"))
        async with asyncio.timeout(5):
            while len(beats) < 2:
                await asyncio.sleep(0.01)
        app.get(Journal).gate.set()


async def test_asking_what_a_lost_reply_gave_is_given_up(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_first(monkeypatch, "turn", gave)
    asked = once_silent(monkeypatch, "held")
    async with on_redis(bot, lease=1) as app:
        await app.get(Inbox).add(MESSAGES, chat(1))
        await app.get(Journal).until(1, seconds=5)
        await until_empty(app)
    assert len(asked) == 2
    assert [id for id, _ in app.get(Journal).entries] == ["1"]


async def test_stopping_while_redis_is_away_asks_now_and_then(
    on_redis: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def away(*args: Any) -> Turn:
        nonlocal asked
        asked += 1
        raise RedisConnectionError("away")

    async with on_redis(bot, shutdown_grace=0.5) as app:
        await app.get(Inbox).add(MESSAGES, chat(1, content="wait"))
        await app.get(Journal).until(1)
        stopping = asyncio.ensure_future(app.app.stop_services())
        await app.app.stopping.wait()
        monkeypatch.setattr(RedisInbox, "turn", away)
        app.get(Journal).gate.set()
        await stopping
    assert 2 <= asked <= 7


class Wire:
    """Passes connections on to a server; what was open at some moment may be swallowed for ever."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._age = 0
        self._tasks = set[asyncio.Task[None]]()

    def swallow(self) -> None:
        """Let the host vanish without a word and come back under its address."""
        self._age += 1

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_unix_connection(self._path)
        for source, sink in ((reader, ours), (theirs, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, self._age))
            self._tasks.add(task)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, age: int
    ) -> None:
        try:
            while data := await source.read(65536):
                if age != self._age:
                    await asyncio.Event().wait()
                sink.write(data)
        finally:
            sink.close()


@pytest.mark.slow
async def test_a_host_that_vanished_and_came_back_is_heard_again() -> None:
    async with temporary_server() as server:
        address = urllib.parse.urlsplit(server.url)
        wire = Wire(urllib.parse.unquote(address.path))
        async with wire.serving() as port:
            url = f"redis://{address.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
            async with starting("redis", url, "wire")(bot, lease=2) as app:
                await app.get(Inbox).add(MESSAGES, chat(1))
                await app.get(Journal).until(1)
                await until_empty(app)
                wire.swallow()
                for number in range(2, 5):
                    await _add(app, number)
                    await app.get(Journal).until(number, seconds=20)
                    await until_empty(app)


async def _add(app: Any, number: int) -> None:
    """Add as soon as a connection is found that answers."""
    async with asyncio.timeout(20):
        while True:
            try:
                await app.get(Inbox).add(MESSAGES, chat(number))
            except InboxUnavailable:
                await asyncio.sleep(0.05)
            else:
                return

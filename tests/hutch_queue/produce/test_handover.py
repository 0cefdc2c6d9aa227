"""Jobs that are checked here, kept elsewhere, and stored later."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis as Client

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_queue import (
    Call,
    Handover,
    InvalidArguments,
    InvalidOption,
    Prepared,
    Queue,
    QueueAdmin,
    QueueSettings,
    QueueStats,
    QueueUnavailable,
    UnknownQueue,
    job,
    processor,
    queue_module,
)
from hutch_queue.contract import Start
from hutch_redis import RedisSettings
from hutch_redis.testing import temporary_server


@dataclass
class Ran:
    texts: list[str] = field(default_factory=list)


@processor("open")
@dataclass
class Open:
    ran: Ran

    @job
    async def note(self, text: str) -> None:
        self.ran.texts.append(text)


@processor("narrow")
@dataclass
class Narrow:
    ran: Ran

    @job
    async def note(self, text: str) -> None:
        self.ran.texts.append(text)


both = Module(
    "both",
    imports=[queue_module("open"), queue_module("narrow", capacity=3)],
    providers=[Ran, Open, Narrow],
    exports=[Handover, Queue, QueueAdmin, Ran],
)


@pytest.fixture(params=["on_memory", "on_redis"])
def start(request: pytest.FixtureRequest) -> Start:
    started: Start = request.getfixturevalue(request.param)()
    return started


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.01)


async def texts(app: Testing, queue: str) -> list[str]:
    found = await app.get(QueueAdmin).jobs(queue, "waiting")
    return [job.arguments["text"] for job in found]


async def test_what_is_prepared_is_checked_and_stored_nowhere(start: Start) -> None:
    wrong: Any = Open.note
    async with start(both, services=False) as app:
        handover = app.get(Handover)
        prepared = handover.prepare(Open.note("private"), priority=3)
        assert prepared.queue == "open"
        assert "private" not in repr(prepared)
        with pytest.raises(InvalidArguments):
            handover.prepare(wrong(5))
        with pytest.raises(InvalidOption):
            handover.prepare(Open.note("a"), priority=101)
        call = Open.note("a")
        with pytest.raises(UnknownQueue):
            handover.prepare(Call("other", call.name, call.arguments, call.job))
        assert await app.get(QueueAdmin).stats("open") == QueueStats()
        assert await handover.store([prepared]) == [True]
        [stored] = await app.get(QueueAdmin).jobs("open", "waiting")
        assert (stored.id, stored.priority) == (prepared.id, 3)
        assert stored.arguments == {"text": "private"}


@pytest.mark.parametrize("options", [{}, {"key": "k"}, {"key": "k", "replace": True}])
async def test_storing_again_changes_nothing_also_after_the_end(start: Start, options: Any) -> None:
    async with start(both) as app:
        handover, admin = app.get(Handover), app.get(QueueAdmin)
        prepared = handover.prepare(Open.note("a"), **options)

        async def completed() -> bool:
            return (await admin.stats("open")).completed == 1

        for _ in range(3):
            assert await handover.store([prepared]) == [True]
            await until(completed)
        await (await app.get(Queue).enqueue(Open.note("b"))).result()
        assert app.get(Ran).texts == ["a", "b"]


async def test_a_key_keeps_its_meaning(start: Start) -> None:
    async with start(both, services=False) as app:
        handover, admin = app.get(Handover), app.get(QueueAdmin)
        first, second = (handover.prepare(Open.note(text), key="k") for text in ("a", "b"))
        assert (first.id, second.id) == ("k", "k")
        assert await handover.store([first, second]) == [True, True]
        assert await texts(app, "open") == ["a"]
        third = handover.prepare(Open.note("c"), key="k", replace=True)
        assert await handover.store([third]) == [True]
        assert await texts(app, "open") == ["c"]
        await admin.abort("open", "k")
        assert await handover.store([third, second]) == [True, True]
        assert await texts(app, "open") == ["b"]


async def test_a_delay_counts_from_the_preparation(start: Start) -> None:
    async with start(both, services=False) as app:
        handover = app.get(Handover)
        soon = handover.prepare(Open.note("soon"), delay=timedelta(milliseconds=30))
        later = handover.prepare(Open.note("later"), delay=timedelta(hours=1))
        await asyncio.sleep(0.05)
        await handover.store([soon, later])
        assert await texts(app, "open") == ["soon"]
        [delayed] = await app.get(QueueAdmin).jobs("open", "delayed")
        assert delayed.due is not None
        # A start of the clock at the storing would be seen: that was 50 ms later.
        assert (
            timedelta(0)
            <= delayed.due - delayed.enqueued - timedelta(hours=1)
            < timedelta(milliseconds=5)
        )


async def test_a_full_queue_takes_the_first_that_fit(start: Start) -> None:
    async with start(both, services=False) as app:
        handover = app.get(Handover)
        calls = [call for text in "abcde" for call in (Narrow.note(text), Open.note(text))]
        prepared = [handover.prepare(call) for call in calls]
        expected = [True, True, True, True, True, True, False, True, False, True]
        assert await handover.store(prepared) == expected
        assert await texts(app, "narrow") == ["a", "b", "c"]
        assert await texts(app, "open") == list("abcde")
        assert await handover.store(prepared[6:]) == [False, True, False, True]
        await app.get(QueueAdmin).drain("narrow")
        assert await handover.store(prepared[6:]) == [True] * 4
        assert await texts(app, "narrow") == ["d", "e"]


async def test_a_queue_of_newer_code_is_filled_too(start: Start) -> None:
    async with start(both, services=False) as app:
        handover = app.get(Handover)
        prepared = replace(handover.prepare(Open.note("a")), queue="newer")
        assert await handover.store([prepared]) == [True]


async def test_fields_of_a_newer_producer_are_left_out(start: Start) -> None:
    async with start(both, services=False) as app:
        handover = app.get(Handover)
        prepared = handover.prepare(Open.note("a"))
        text = prepared.text.removesuffix("}") + ', "colour": "red"}'
        assert await handover.store([Prepared(prepared.id, "open", text)]) == [True]
        assert await texts(app, "open") == ["a"]


async def test_without_redis_it_says_so() -> None:
    away = RedisSettings.model_validate({"url": "redis://127.0.0.1:1"})
    overrides = (
        bind(QueueSettings).value(QueueSettings(backend="redis")),
        bind(RedisSettings).value(away),
    )
    async with testing(both, *overrides) as app:
        prepared = app.get(Handover).prepare(Open.note("a"))
        with pytest.raises(QueueUnavailable, match="store them again"):
            await app.get(Handover).store([prepared])


async def test_without_memory_it_says_so() -> None:
    async with temporary_server() as server, Client.from_url(server.url) as client:
        full = RedisSettings.model_validate({"url": server.url})
        overrides = (
            bind(QueueSettings).value(QueueSettings(backend="redis")),
            bind(RedisSettings).value(full),
        )
        async with testing(both, *overrides, services=False) as app:
            prepared = app.get(Handover).prepare(Open.note("a"))
            await client.config_set("maxmemory", 1)
            with pytest.raises(QueueUnavailable, match=r"maxmemory.*store them again"):
                await app.get(Handover).store([prepared])

"""Chunks on workers that stop, and the calls that they make."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hutch import Inject, Module, bind, intercept
from hutch.interceptors import Invocation, Proceed
from hutch_queue import (
    ChunkItem,
    JobContext,
    JobFailed,
    Queue,
    QueueAdmin,
    chunk,
    fixed,
    injected,
    processor,
    queue_module,
)
from hutch_queue.contract import Start, error_of


@dataclass
class Log:
    entries: list[Any] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)


class Session:
    """Lives for one call."""


class Watch:
    def __init__(self, log: Log) -> None:
        self._log = log

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        self._log.entries.append((call.kind, call.name, sorted(call.arguments)))
        return await proceed()


@processor("words", concurrency=1)
@dataclass
class Words:
    log: Log

    @chunk(size=3)
    async def count(self, items: Sequence[ChunkItem[str, int]]) -> None:
        items[0].complete(len(items[0].value))
        self.log.began.set()
        await asyncio.Event().wait()


@processor("letters", concurrency=1)
@dataclass
class Letters:
    log: Log

    @intercept(Watch)
    @chunk(size=3, attempts=2, backoff=fixed(0), timeout=60)
    async def count(
        self,
        letters: Sequence[ChunkItem[str, int]],
        session: Inject[Session] = injected,
        context: Inject[JobContext] = injected,
    ) -> None:
        self.log.entries.append((type(session).__name__, [item.value for item in letters]))
        assert context == letters[0].context
        wrong: Any = "many"
        letters[0].complete(wrong)
        await asyncio.Event().wait()


chunks = Module(
    "chunks",
    imports=[queue_module("words", "letters")],
    providers=[Log, Words, Letters, bind(Session).to(Session).per_request()],
    exports=[Queue, QueueAdmin, Log],
)


async def test_a_stopping_worker_hands_back_what_is_not_marked(on_redis: Any) -> None:
    async with on_redis(shutdown_grace=0.1)(chunks) as app:
        await app.get(QueueAdmin).pause("words")
        calls = [Words.count(word) for word in ("one", "four")]
        marked, unmarked = await app.get(Queue).enqueue_all(calls)
        await app.get(QueueAdmin).resume("words")
        await app.get(Log).began.wait()
    async with on_redis()(chunks, services=False) as app:
        admin = app.get(QueueAdmin)
        done, back = [await admin.job("words", handle.id) for handle in (marked, unmarked)]
        assert (done.state, done.result) == ("completed", 3)
        assert (back.state, back.attempt, back.failures) == ("waiting", 0, [])


async def test_a_call_has_one_scope_one_interceptor_and_the_shortest_limit(start: Start) -> None:
    async with start(chunks) as app:
        await app.get(QueueAdmin).pause("letters")
        calls = [Letters.count("a"), Letters.count("b").with_options(timeout=0.05, attempts=1)]
        marked, late = await app.get(Queue).enqueue_all(calls)
        await app.get(QueueAdmin).resume("letters")
        message = await error_of(JobFailed, late.result())
        assert message.endswith("failed: TimeoutError: Letters.count took longer than 0.05 seconds")
        # Its result is not of the declared type, which is logged and not kept.
        info = await app.get(QueueAdmin).job("letters", marked.id)
        assert (info.state, info.result) == ("completed", None)
        assert app.get(Log).entries == [
            ("job", "Letters.count", ["letters"]),
            ("Session", ["a", "b"]),
        ]


def test_the_last_mark_counts() -> None:
    item: ChunkItem[str, int] = ChunkItem("a")
    item.fail(ValueError())
    item.complete(1)
    assert (item.result, item.error) == (1, None)
    item.fail(error := ValueError())
    assert (item.result, item.error) == (None, error)

"""The contract of every backend, as far as one call takes many jobs.

``class TestMine(ChunkContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hutch.module import Module
from hutch.testing import Testing
from hutch.tokens import Inject
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.ward import until
from hutch_queue.declare.backoff import fixed
from hutch_queue.declare.chunk_item import ChunkItem
from hutch_queue.declare.chunks import chunk
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.processors import processor
from hutch_queue.declare.snooze import Snooze
from hutch_queue.errors import InvalidArguments, JobFailed
from hutch_queue.module import core_module, queue_module
from hutch_queue.port import Handle, Queue
from hutch_queue.storage.store import Entry
from hutch_queue.storage.stores import Stores

SIZE = 32


@dataclass
class Product:
    """What the chunk works on.

    Attributes:
        fault: What goes wrong with it.
    """

    id: int
    fault: str = ""


@processor("vectors", concurrency=1)
@dataclass
class Vectors:
    """One call at a time, of up to 32 jobs."""

    journal: Journal

    @chunk(size=SIZE, attempts=2, backoff=fixed(0), no_retry=(LookupError,))
    async def embed(
        self,
        items: Sequence[ChunkItem[Product, list[float]]],
        context: Inject[JobContext] = injected,
    ) -> None:
        """Note which products came together, and give each what its fault says."""
        assert context.id == items[0].context.id
        await self.journal.write([item.value.id for item in items])
        for item in items:
            self._embed(item)
        if any(item.value.fault == "wait" for item in items):
            await self._wait()
        if any(item.value.fault == "raise" for item in items):
            raise ValueError("the call is ill")

    def _embed(self, item: ChunkItem[Product, list[float]]) -> None:
        match item.value.fault:
            case "":
                item.complete([float(item.value.id)])
            case "fail":
                item.fail(ValueError(f"{item.value.id} is ill, {item.context.attempt}"))
            case "fail at first" if item.context.attempt == 2:
                item.complete([0.0])
            case "fail at first":
                item.fail(ValueError("at first"))
            case "fail for good":
                item.fail(LookupError("for good"))
            case "snooze" if item.context.fence == 2:
                item.complete([float(item.context.attempt)])
            case "snooze":
                item.fail(Snooze(timedelta(0)))
            case _:
                return

    async def _wait(self) -> None:
        try:
            await self.journal.gate.wait()
        finally:
            await self.journal.write("ended")


vectors = Module(
    "vectors",
    imports=[queue_module("vectors")],
    providers=[Journal, Vectors],
    exports=[Journal, Queue, QueueAdmin],
)

Vector = Handle[list[float]]


async def together(app: Testing, *faults: str) -> list[Vector]:
    """Let the jobs of products with these faults come in one call."""
    await app.get(QueueAdmin).pause("vectors")
    calls = [Vectors.embed(Product(id, fault)) for id, fault in enumerate(faults)]
    handles = await app.get(Queue).enqueue_all(calls)
    await app.get(QueueAdmin).resume("vectors")
    return handles


class ChunkContract:
    """What every backend does with chunks."""

    async def test_a_hundred_jobs_come_in_chunks_of_32(self, start: Start) -> None:
        async with start(vectors) as app:
            handles = await together(app, *[""] * 100)
            results = [await handle.result() for handle in handles]
            assert results == [[float(id)] for id in range(100)]
            ids = range(100)
            assert app.get(Journal).entries == [
                [*ids[:32]], [*ids[32:64]], [*ids[64:96]], [*ids[96:]],
            ]  # fmt: skip

    async def test_one_bad_job_does_not_fail_its_neighbours(self, start: Start) -> None:
        async with start(vectors) as app:
            good, bad, at_first, unmarked = await together(app, "", "fail", "fail at first", "none")
            assert await good.result() == [0.0]
            message = await error_of(JobFailed, bad.result())
            assert message.endswith("failed: ValueError: 1 is ill, 2")
            assert await at_first.result() == [0.0]
            assert app.get(Journal).entries == [[0, 1, 2, 3], [1, 2]]
            info = await app.get(QueueAdmin).job("vectors", unmarked.id)
            assert (info.state, info.result) == ("completed", None)
            ill = await app.get(QueueAdmin).job("vectors", bad.id)
            assert [failure.attempt for failure in ill.failures] == [1, 2]

    async def test_when_the_method_raises_the_unmarked_fail(self, start: Start) -> None:
        async with start(vectors) as app:
            good, bad, unmarked = await together(app, "", "raise", "none")
            assert await good.result() == [0.0]
            message = await error_of(JobFailed, bad.result())
            assert message.endswith("failed: ValueError: the call is ill")
            # Its second attempt was in a call with the one that raises, too.
            await error_of(JobFailed, unmarked.result())
            assert app.get(Journal).entries == [[0, 1, 2], [1, 2]]

    async def test_an_item_may_have_its_last_attempt_or_snooze(self, start: Start) -> None:
        async with start(vectors) as app:
            bad, snoozed = await together(app, "fail for good", "snooze")
            await error_of(JobFailed, bad.result())
            assert await snoozed.result() == [1.0]
            assert app.get(Journal).entries == [[0, 1], [1]]

    async def test_what_cannot_be_run_fails_alone(self, start: Start) -> None:
        async with start(vectors) as app:
            admin, store = app.get(QueueAdmin), app.app.get(Stores, core_module()).fast
            await admin.pause("vectors")
            soon = timedelta(milliseconds=1)
            late = await app.get(Queue).enqueue(Vectors.embed(Product(1)), expires=soon)
            good = await app.get(Queue).enqueue(Vectors.embed(Product(2)))
            start_of = f'{{"queued":{round(datetime.now(UTC).timestamp() * 1000)},'
            bad = '"function":"Vectors.embed","kwargs":{"data":{"value":{"id":"x"}}},"retries":2}'
            new = '"function":"Vectors.unknown","kwargs":{"data":{}}}'
            entries = [Entry("bad", start_of + bad), Entry("new", start_of + new)]
            await store.enqueue([("vectors", entries, 0)])
            await asyncio.sleep(0.01)
            await admin.resume("vectors")
            assert await good.result() == [2.0]
            assert "`expires` had passed" in await error_of(JobFailed, late.result())
            rest = QueueStats(delayed=1, completed=1, failed=2)
            await until(lambda: admin.stats("vectors"), lambda stats: stats == rest)
            [failure] = (await admin.job("vectors", "bad")).failures
            assert "argument `value.id`: input should be a valid integer" in failure.error
            assert (await admin.job("vectors", "new")).attempt == 0
            assert app.get(Journal).entries == [[2]]

    async def test_an_aborted_item_leaves_its_call(self, start: Start) -> None:
        async with start(vectors) as app:
            waits, aborted, good = await together(app, "wait", "none", "")
            await app.get(Journal).until(1)
            await app.get(QueueAdmin).abort("vectors", aborted.id, reason="enough")
            message = await error_of(JobFailed, aborted.result())
            assert message.endswith("failed: enough")
            assert app.get(Journal).entries == [[0, 1, 2]]
            app.get(Journal).gate.set()
            assert await good.result() == [2.0]
            # Nobody marked it, and the declared result is a list.
            await until(
                lambda: app.get(QueueAdmin).job("vectors", waits.id),
                lambda info: info.state == "completed",
            )

    async def test_a_call_whose_items_are_all_aborted_is_cancelled(self, start: Start) -> None:
        async with start(vectors) as app:
            one, other = await together(app, "wait", "none")
            await app.get(Journal).until(1)
            await app.get(QueueAdmin).abort("vectors", one.id, other.id)
            await app.get(Journal).until(2)
            assert app.get(Journal).entries == [[0, 1], "ended"]
            [after] = await together(app, "")
            assert await after.result() == [0.0]

    async def test_a_call_whose_items_are_all_lost_is_cancelled(self, start: Start) -> None:
        async with start(vectors) as app:
            await together(app, "wait", "")
            await app.get(Journal).until(1)
            await app.get(QueueAdmin).obliterate("vectors", force=True)
            await app.get(Journal).until(2)
            assert app.get(Journal).entries == [[0, 1], "ended"]
            [after] = await together(app, "")
            assert await after.result() == [0.0]

    async def test_a_wrong_value_is_refused(self, start: Start) -> None:
        async with start(vectors, services=False) as app:
            embed: Any = Vectors.embed
            message = await error_of(InvalidArguments, app.get(Queue).enqueue(embed({"id": "x"})))
            assert "argument `value.id`: input should be a valid integer" in message

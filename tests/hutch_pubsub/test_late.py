"""Consumers whose process is late: with its clocks, with its leases, with what it hears."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, cast

import pytest

from hutch_pubsub.inbox_contract import PLAIN
from hutch_pubsub.lanes import Lanes
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.renewal import Renewal
from hutch_pubsub.storage import Done, Entry
from hutch_pubsub.waiting import within


async def test_an_answer_that_came_while_the_loop_was_late_is_heard() -> None:
    async def answer() -> str:
        time.sleep(0.1)
        for _ in range(3):
            await asyncio.sleep(0)
        return "heard"

    assert await within(0.05, answer()) == "heard"


async def test_no_answer_is_not_waited_for_longer() -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(0.05, asyncio.Event().wait())
    assert time.monotonic() - begun >= 0.05


class Slow:
    """A desk that notes what it handles."""

    def __init__(self) -> None:
        self.consuming = cast(Any, type("Consuming", (), {"concurrency": 2}))
        self.begun: list[str] = []
        self.gate = asyncio.Event()

    async def handle(self, entry: Entry) -> Done:
        self.begun.append(entry.id)
        await self.gate.wait()
        return Done(entry.id, "later")


class Bench:
    """Lanes, and what they say."""

    def __init__(self) -> None:
        self.desk = Slow()
        self.ends: list[Done] = []
        self.lapses = 0
        self.lanes = Lanes(cast(Any, self.desk), self.ends.append, self.lapse)

    def lapse(self) -> None:
        self.lapses += 1

    async def finish(self) -> None:
        self.desk.gate.set()
        while self.lanes.held:
            await asyncio.sleep(0)


async def test_an_entry_whose_lease_is_past_waits_until_it_is_renewed() -> None:
    bench = Bench()
    bench.lanes.begin([Entry("1-0", {})], time.monotonic())
    await asyncio.sleep(0)
    assert (bench.desk.begun, bench.lapses) == ([], 1)
    bench.lanes.renew(["1-0"], time.monotonic() + 60)
    await bench.finish()
    assert bench.desk.begun == ["1-0"]


async def test_what_others_took_meanwhile_is_not_begun() -> None:
    bench = Bench()
    bench.lanes.begin([Entry("1-0", {})], time.monotonic())
    assert bench.lanes.lose({"1-0": 1}) == ["1-0"]
    bench.lanes.begin([Entry("2-0", {})], time.monotonic() + 60)
    await bench.finish()
    assert bench.desk.begun == ["2-0"]


async def test_what_came_back_is_not_lost_by_an_old_answer() -> None:
    bench = Bench()
    until = time.monotonic() + 60
    bench.lanes.begin([Entry("1-0", {}, 1)], until)
    await asyncio.sleep(0)
    bench.lanes.begin([Entry("1-0", {}, 2)], until)
    assert bench.lanes.lose({"1-0": 1}) == []
    await bench.finish()
    assert bench.desk.begun == ["1-0"]
    assert bench.ends == [Done("1-0", "later", deliveries=2)]


class Silent(MemoryInbox):
    """A store whose first renewal gets no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.again = asyncio.Event()

    async def beat(self, spec: Any, consumer: str, ids: Sequence[str]) -> list[str]:
        self.asked += 1
        if self.asked == 1:
            await asyncio.Event().wait()
        self.again.set()
        return []


async def test_a_renewal_without_an_answer_holds_no_other_up() -> None:
    bench, store = Bench(), Silent()
    bench.lanes.begin([Entry("1-0", {})], time.monotonic() + 60)
    renewal = Renewal(store, PLAIN, "a", 6_000, lambda: None)
    renewing = asyncio.create_task(renewal.run(bench.lanes))
    await within(5, store.again.wait())  # the first, after 2, is given up after 8
    renewing.cancel()
    await asyncio.wait([renewing])
    await bench.finish()

"""Times that are exact, on a clock that is moved: nobody waits here."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.hutch_queue.conftest import OpenByHand
from tests.hutch_queue.hand import LEASE, Hand

from hutch import Module
from hutch_queue import (
    Call,
    Queue,
    QueueAdmin,
    Rate,
    Snooze,
    delays,
    exponential,
    fixed,
    job,
    processor,
    queue_module,
)
from hutch_queue.module import core_module
from hutch_queue.names import Queues
from hutch_queue.storage.store import Limits


@dataclass
class Log:
    entries: list[Any] = field(default_factory=list)


@processor("timed")
@dataclass
class Timed:
    log: Log

    @job(attempts=4)
    async def by_default(self) -> None:
        raise ValueError

    @job(attempts=4, backoff=exponential(5, factor=5))
    async def growing(self) -> None:
        raise ValueError

    @job(attempts=4, backoff=exponential(5))
    async def dispatch(self) -> None:
        raise ValueError

    @job(attempts=5, backoff=delays([1.1, 10]))
    async def listed(self) -> None:
        raise ValueError

    @job(attempts=2, backoff=lambda attempt: attempt / 3)
    async def computed(self) -> None:
        raise ValueError

    @job(attempts=1)
    async def snooze(self) -> None:
        if not self.log.entries:
            self.log.entries.append("snoozed")
            raise Snooze(timedelta(minutes=5))

    @job
    async def note(self, text: str) -> None:
        self.log.entries.append(text)


@processor("rated")
@dataclass
class Rated:
    log: Log

    @job
    async def note(self, number: int) -> None:
        self.log.entries.append(number)


timed = Module(
    "timed",
    imports=[queue_module("timed"), queue_module("rated", rate=Rate(5, timedelta(seconds=10)))],
    providers=[Log, Timed, Rated],
    exports=[Queue, QueueAdmin, Log],
)


@pytest.mark.req("R24-11", "R24-12", "SD-16", "XB-27", "FD-13")
@pytest.mark.parametrize(
    ("call", "waits"),
    [
        (Timed.by_default(), [1, 2, 4]),
        (Timed.growing(), [5, 25, 125]),
        (Timed.dispatch(), [5, 10, 20]),
        (Timed.dispatch().with_options(attempts=2, backoff=fixed(7)), [7]),
        (Timed.by_default().with_options(attempts=3), [1, 2]),
        (Timed.listed(), [1.1, 10, 10, 10]),
        (Timed.computed(), [0.334]),
    ],
)
async def test_waits_between_attempts_are_exact(
    hand: OpenByHand, call: Call[None], waits: list[float]
) -> None:
    async with hand(timed) as worker:
        handle = await worker.enqueue(call)
        assert await worker.waits(handle) == waits
        info = await worker.job(handle)
        assert (info.state, info.attempt, len(info.failures)) == ("failed", *[len(waits) + 1] * 2)


async def test_a_snoozed_job_comes_back_at_its_time(hand: OpenByHand) -> None:
    async with hand(timed) as worker:
        handle = await worker.enqueue(Timed.snooze())
        assert await worker.waits(handle) == [300]
        info = await worker.job(handle)
        assert (info.state, info.attempt, info.failures) == ("completed", 1, [])


@pytest.mark.req("SD-18")
async def test_a_job_for_a_time_runs_at_that_time(hand: OpenByHand) -> None:
    async with hand(timed) as worker:
        when = worker.clock.now + timedelta(hours=1)
        await worker.enqueue(Timed.note("at"), at=when)
        await worker.enqueue(Timed.note("delay"), delay=timedelta(hours=1))
        await worker.enqueue(Timed.note("past"), at=worker.clock.now - timedelta(days=1))
        assert await worker.run("timed") == 1
        worker.clock.advance(3599.999)
        assert await worker.run("timed") == 0
        worker.clock.advance(0.001)
        assert await worker.run("timed") == 2
        assert sorted(worker.app.get(Log).entries) == ["at", "delay", "past"]


async def test_a_window_of_a_key_ends_at_its_time(hand: OpenByHand) -> None:
    async with hand(timed) as worker:
        options: Any = {"key": "k", "unique_for": timedelta(seconds=60)}
        assert (await worker.enqueue(Timed.note("a"), **options)).created
        assert await worker.run("timed") == 1
        worker.clock.advance(59.999)
        assert not (await worker.enqueue(Timed.note("b"), **options)).created
        worker.clock.advance(0.001)
        assert (await worker.enqueue(Timed.note("c"), **options)).created


@pytest.mark.req("XB-30")
async def test_a_point_of_priority_is_an_hour_of_head_start(hand: OpenByHand) -> None:
    async with hand(timed) as worker:
        await worker.enqueue(Timed.note("low"), priority=-10)
        worker.clock.advance(20 * 3600 - 0.001)
        await worker.enqueue(Timed.note("high"), priority=10)
        worker.clock.advance(0.002)
        await worker.enqueue(Timed.note("too late"), priority=10)
        assert await worker.run("timed") == 3
        assert worker.app.get(Log).entries == ["high", "low", "too late"]


async def test_a_rate_is_exact_in_any_window_over_two_workers(hand: OpenByHand) -> None:
    async with hand(timed) as worker:
        await worker.app.get(Queue).enqueue_all([Rated.note(n) for n in range(20)])
        starts: list[float] = []
        for step in range(400):
            worker.clock.advance(0.1)
            name = f"worker {step % 2}"
            starts += [step / 10] * await worker.run("rated", worker=name)
            if step == 7:  # spread the first ones over the window
                await worker.app.get(QueueAdmin).pause("rated")
            if step == 30:
                await worker.app.get(QueueAdmin).resume("rated")
        assert len(starts) == 20
        windows = [(late - early) for early, late in zip(starts, starts[5:], strict=False)]
        assert min(windows) >= 10 - 1e-9
        assert max(windows) <= 10.2
        assert worker.app.get(Log).entries == list(range(20))


async def test_a_group_counts_a_job_that_kills_its_workers_among_the_failed(
    hand: OpenByHand,
) -> None:
    async with hand(timed) as worker:
        await worker.app.get(Queue).group([Timed.note("poison")], otherwise=Timed.note("other"))
        for death in range(3):
            await _die(worker, f"victim {death}")
        assert (await worker.app.get(QueueAdmin).stats("timed")).failed == 1
        assert await worker.run("timed") == 1
        assert worker.app.get(Log).entries == ["other"]


async def _die(worker: Hand, name: str) -> None:
    """Claim what waits, and be heard of no more; another worker finds the body."""
    store, keep = worker.store, worker.app.app.get(Queues, core_module())["timed"].keeping
    await store.join("timed", name, 1000, "{}", Limits())
    turn = await store.turn("timed", name, [], 1, keep)
    assert turn is not None
    assert len(turn.claims) == 1
    worker.clock.advance(1)
    await store.join("timed", "finder", LEASE, "{}", Limits())
    await store.beat("timed", "finder", LEASE, "{}", keep, 3)

"""Many consumers at once, and the order in which jobs come out."""

import asyncio
import random
from collections import Counter

import pytest
from tests.hutch_queue.storage.jobs import Clock, record, tail
from tests.hutch_queue.storage.snapshot import HASHES, SETS

from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Claim, Ended, Entry, Keeping, Limits, Store
from hutch_redis import Redis

KEEP = Keeping(3_600_000, 3_600_000)
NONE = Limits()
CONSUMERS = 20
JOBS = 10_000


def entry(id: str, clock: Clock, priority: int = 0) -> Entry:
    return Entry(id, record(clock.ms, priority), priority=priority)


async def enqueue(store: Store, entries: list[Entry]) -> None:
    for start in range(0, len(entries), 500):
        await store.enqueue([("q", entries[start : start + 500], 0)])


async def take(store: Store, free: int = 500, limits: Limits = NONE) -> list[Claim]:
    await store.join("q", "w", 60_000, "{}", limits)
    turn = await store.turn("q", "w", [], free, KEEP)
    assert turn is not None
    return list(turn.claims)


@pytest.mark.req("XB-26")
async def test_twenty_consumers_take_each_of_ten_thousand_jobs_once(redis: Redis) -> None:
    store = RedisStore(redis, redis.blocking)
    clock, taken = Clock(), Counter[str]()

    async def consume(name: str) -> None:
        chance, ended = random.Random(name), list[Ended]()
        await store.join("q", name, 600_000, "{}", Limits())
        while True:
            turn = await store.turn("q", name, ended, chance.randint(1, 9), KEEP)
            assert turn is not None
            assert turn.refused == []
            taken.update(claim.id for claim in turn.claims)
            if not turn.claims and sum(taken.values()) >= JOBS:
                return
            ended = [Ended(each.id, each.attempt, "complete", tail(1, 0)) for each in turn.claims]

    async with asyncio.timeout(300), asyncio.TaskGroup() as group:
        for n in range(CONSUMERS):
            group.create_task(consume(f"w{n}"))
        await enqueue(store, [entry(f"{n}", clock) for n in range(JOBS)])
    assert len(taken) == JOBS
    assert set(taken.values()) == {1}
    counts = await store.counts("q")
    assert (counts.completed, counts.waiting, counts.active) == (JOBS, 0, 0)


@pytest.mark.req("XB-23")
async def test_a_thousand_jobs_of_one_priority_come_out_in_order(
    store: Store, clock: Clock
) -> None:
    ids = [f"{n}" for n in range(1000)]
    for id in ids:
        await store.enqueue([("q", [entry(id, clock, 7)], 0)])
    found = [*await take(store), *await take(store)]
    assert [claim.id for claim in found] == ids


@pytest.mark.req("XB-22")
async def test_a_higher_priority_comes_first(store: Store, clock: Clock) -> None:
    priorities = list(range(101))
    random.Random(1).shuffle(priorities)
    for priority in priorities:
        clock.advance(10)
        await store.enqueue([("q", [entry(f"{priority}", clock, priority)], 0)])
    assert [int(claim.id) for claim in await take(store)] == list(range(100, -1, -1))


@pytest.mark.req("XB-30")
async def test_a_point_of_priority_is_an_hours_head_start(store: Store, clock: Clock) -> None:
    await enqueue(store, [entry("low", clock, 1)])
    clock.advance(2 * 3_600_000 - 1)
    await enqueue(store, [entry("still ahead", clock, 3)])
    clock.advance(2)
    await enqueue(store, [entry("too late", clock, 3)])
    assert [claim.id for claim in await take(store)] == ["still ahead", "low", "too late"]


@pytest.mark.req("XB-25")
async def test_no_key_of_a_queue_expires(
    redis: Redis, redis_store: RedisStore, clock: Clock
) -> None:
    store = redis_store
    late = Entry("late", record(clock.ms), -1000, window=5000)
    await store.enqueue([("q", [late, *(entry(f"{n}", clock) for n in range(6))], 0)])
    [*_, done, broken, again, _] = await take(store, 5, Limits(9, 9, 1000))
    await store.move("q", "note", "progress", "4", 1, "w", "50")
    await store.move("q", "note", "log", "4", 1, "w", "text")
    await store.move("q", "abort", "why", tail(0, 0), "4", "late")
    await store.tick("q", "s", "", clock.ms + 1000, "{}")
    ended = [
        Ended(done.id, 1, "complete", tail(1, 0)),
        Ended(broken.id, 1, "failed", tail(1, 0, "no")),
        Ended(again.id, 1, "retry", "{}", -1000),
    ]
    await store.turn("q", "w", ended, 0, KEEP)
    await store.beat("q", "w", 60_000, "{}", KEEP, 3)
    base = store.base("q")
    keys = [key.decode() async for key in redis.blocking.scan_iter(f"{base}*")]
    expected = {*SETS, *HASHES, "wake"} - {"groups"}
    assert {key.removeprefix(base) for key in keys} == expected
    assert {await redis.blocking.ttl(key) for key in keys} == {-1}

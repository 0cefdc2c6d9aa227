"""Each transition on both stores."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.hutch_queue.storage.jobs import Clock, line, record, tail

from hutch_queue.storage.store import (
    ALL,
    Claim,
    Ended,
    Entry,
    Follower,
    Group,
    Keeping,
    Limits,
    Store,
    Stored,
    Turn,
)

KEEP = Keeping(60_000, 60_000)
LEASE = 1000
DEATHS = 3
Q = "q:1"


class Bench:
    """A store with its clock, and the shortest words for what tests do with it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def entry(self, id: str, **options: Any) -> Entry:
        meta = options.pop("meta", {})
        text = record(self.clock.ms, options.get("priority", 0), **meta)
        return Entry(id, text, **options)

    async def add(self, *entries: Entry | str, most: int = 0) -> list[int] | int:
        jobs = [self.entry(each) if isinstance(each, str) else each for each in entries]
        [stored] = await self.store.enqueue([(Q, jobs, most)])
        return stored

    async def join(self, worker: str = "w", **options: Any) -> set[str]:
        limits = options.pop("limits", Limits())
        return await self.store.join(Q, worker, LEASE, "{}", limits, **options)

    async def turn(
        self, *ended: Ended, free: int = 0, worker: str = "w", keep: Keeping = KEEP
    ) -> Turn:
        turn = await self.store.turn(Q, worker, ended, free, keep)
        assert turn is not None
        return turn

    async def take(self, free: int = 100, worker: str = "w") -> list[Claim]:
        return list((await self.turn(free=free, worker=worker)).claims)

    async def taken(self, free: int = 100, worker: str = "w") -> list[str]:
        return [claim.id for claim in await self.take(free, worker)]

    async def beat(self, worker: str = "w", lease: int = LEASE, **options: Any) -> Any:
        keep = options.pop("keep", KEEP)
        return await self.store.beat(Q, worker, lease, "{}", keep, options.pop("deaths", DEATHS))

    async def ids(self, state: Any) -> list[str]:
        return await self.store.ids(Q, state, 0, 100)

    async def read(self, id: str) -> Stored:
        [stored] = await self.store.read(Q, [id])
        assert stored is not None
        return stored

    async def is_woken(self) -> bool:
        return await self.store.wait([Q], 0.001) == Q

    def done(self, claim: Claim, *followers: Follower) -> Ended:
        text = tail(claim.attempt, self.clock.ms)
        return Ended(claim.id, claim.attempt, "complete", text, 0, followers)

    def broken(self, claim: Claim) -> Ended:
        return Ended(claim.id, claim.attempt, "failed", tail(claim.attempt, self.clock.ms, "no"))

    def retry(self, claim: Claim, delay: int = 0) -> Ended:
        text = line({"attempt": claim.attempt, "at": self.clock.ms, "error": "no"})
        return Ended(claim.id, claim.attempt, "retry", text, -delay)

    def snooze(self, claim: Claim, delay: int = 0) -> Ended:
        return Ended(claim.id, claim.attempt, "snooze", "", -delay)


@pytest.fixture
async def bench(store: Store, clock: Clock) -> Bench:
    bench = Bench(store, clock)
    await bench.join()
    return bench


# enqueue


async def test_jobs_of_one_priority_come_in_order_though_the_clock_stands(bench: Bench) -> None:
    ids = [f"{n}" for n in range(1000)]
    for start in range(0, 1000, 100):
        await bench.add(*ids[start : start + 100])
        bench.clock.advance(-1)
    assert await bench.ids("waiting") == ids[:100]
    assert (await bench.read("1")).order == bench.clock.us + 10_000 + 1
    found = [await bench.taken(250) for _ in range(4)]
    assert [id for ids in found for id in ids] == ids


async def test_an_id_is_stored_once_while_it_lives(bench: Bench) -> None:
    assert await bench.add("1", "2", "1") == [1, 1, 0]
    [claim, _] = await bench.take()
    assert await bench.add("1") == [0]
    await bench.turn(bench.done(claim))
    assert await bench.add(bench.entry("1", mode="once")) == [0]
    assert await bench.add("1") == [1]
    assert await bench.ids("completed") == []


async def test_a_job_is_replaced_unless_it_runs(bench: Bench) -> None:
    await bench.add("1", "2")
    late = bench.entry("1", mode="replace", due=-50)
    assert await bench.add(late) == [1]
    assert await bench.ids("delayed") == ["1"]
    await bench.take()
    assert await bench.add(bench.entry("2", mode="replace")) == [0]


async def test_no_second_one_is_stored_inside_a_window(bench: Bench) -> None:
    assert await bench.add(bench.entry("1", window=100)) == [1]
    [claim] = await bench.take()
    await bench.turn(bench.done(claim))
    bench.clock.advance(99)
    assert await bench.add(bench.entry("1", window=100)) == [0]
    bench.clock.advance(1)
    assert await bench.add(bench.entry("1", window=100)) == [1]


async def test_a_full_queue_stores_none_of_a_batch(bench: Bench) -> None:
    assert await bench.add("1", bench.entry("2", due=-50), most=3) == [1, 1]
    assert await bench.add("3", "4", most=3) == 2
    assert await bench.add("3", most=3) == [1]


async def test_a_delayed_job_runs_when_it_is_due(bench: Bench) -> None:
    soon, later = bench.entry("soon", due=-20), bench.entry("later", due=bench.clock.ms + 50)
    await bench.add(later, soon)
    turn = await bench.turn(free=5)
    assert (turn.claims, turn.next_look) == ([], 0.02)
    bench.clock.advance(20)
    turn = await bench.turn(free=5)
    assert ([claim.id for claim in turn.claims], turn.next_look) == (["soon"], 0.03)


# turn


async def test_a_turn_claims_as_many_as_are_free(bench: Bench) -> None:
    await bench.add("1", "2", "3")
    [first, second] = await bench.take(2)
    assert (first.id, first.attempt, first.excused) == ("1", 1, 0)
    assert json.loads(first.record)["queued"] == bench.clock.ms
    stored = await bench.read("1")
    assert (stored.state, stored.worker, stored.attempt) == ("active", "w", 1)
    await bench.turn(bench.done(first), bench.broken(second))
    assert await bench.ids("completed") == ["1"]
    assert await bench.ids("failed") == ["2"]
    assert (await bench.read("1")).record.endswith(bench.done(first).text.encode())
    counts = await bench.store.counts(Q)
    assert (counts.waiting, counts.active, counts.completed, counts.failed) == (1, 0, 1, 1)
    assert counts.totals == {"complete": 1, "failed": 1, "retry": 0, "snooze": 0}


async def test_a_stale_end_is_refused(bench: Bench) -> None:
    await bench.add("1")
    [claim] = await bench.take()
    await bench.turn(bench.retry(claim))
    [again] = await bench.take()
    assert (await bench.turn(bench.done(claim))).refused == ["1"]
    assert again.attempt == 2
    assert (await bench.turn(bench.done(again), bench.done(again))).refused == ["1"]
    assert await bench.ids("completed") == ["1"]


async def test_a_retry_costs_an_attempt_and_a_snooze_none(bench: Bench) -> None:
    await bench.add("1", "2")
    [claim, _] = await bench.take()
    await bench.turn(bench.snooze(claim))
    [claim] = await bench.take()
    assert (claim.attempt, claim.excused) == (2, 1)
    await bench.turn(bench.retry(claim, 30))
    assert (await bench.read("1")).due == bench.clock.ms + 30
    bench.clock.advance(30)
    [claim] = await bench.take()
    assert (claim.attempt, claim.excused) == (3, 1)
    assert json.loads((await bench.read("1")).errors)["attempt"] == 2


async def test_what_is_handed_back_comes_before_what_waits(bench: Bench) -> None:
    await bench.add("1", "2")
    bench.clock.advance(5)
    await bench.add("3")
    [claim, _] = await bench.take(2)
    bench.clock.advance(5)
    await bench.turn(bench.snooze(claim))
    assert await bench.taken() == ["1", "3"]


async def test_a_follower_is_stored_in_the_same_step(bench: Bench) -> None:
    await bench.add("1")
    [claim] = await bench.take()
    other = bench.store.base("other")
    followers = [Follower(bench.store.base(Q), bench.entry("2")), Follower(other, bench.entry("3"))]
    turn = await bench.turn(bench.done(claim, *followers), free=1)
    assert [each.id for each in turn.claims] == ["2"]
    assert await bench.store.ids("other", "waiting", 0, 9) == ["3"]


async def test_a_follower_of_its_own_id_is_not_taken_for_the_one_that_ended(bench: Bench) -> None:
    await bench.add("1")
    [claim] = await bench.take()
    ended = bench.done(claim, Follower(bench.store.base(Q), bench.entry("1")))
    # The reply to this turn is lost: the worker still believes to hold attempt 1 of "1".
    assert (await bench.turn(ended, free=5)).claims == []
    assert await bench.join("x", was=["w"], held=[("1", 1)]) == set()
    bench.clock.advance(1)
    assert await bench.taken(worker="x") == ["1"]


async def test_a_group_is_followed_once_when_all_have_ended(bench: Bench) -> None:
    base = bench.store.base(Q)
    for name, fails, callback in (("g", False, "then-g"), ("h", True, "otherwise-h")):
        meta = {"group": [base, name]}
        members = [bench.entry(f"{n}{name}", meta=meta) for n in range(3)]
        group = Group(Q, name, 3, bench.entry(f"then-{name}"), bench.entry(f"otherwise-{name}"))
        await bench.store.enqueue([(Q, members, 0)], [group])
        left = Follower(base, group=name)
        first, second, last = await bench.take()
        broken = Ended(second.id, 1, "failed", tail(1, bench.clock.ms, "no"), 0, (left,))
        await bench.turn(bench.done(first, left), broken if fails else bench.done(second, left))
        assert await bench.ids("waiting") == []
        await bench.turn(bench.done(last, left))
        assert await bench.ids("waiting") == [callback]
        await bench.take()


async def test_a_member_that_goes_or_returns_is_counted(bench: Bench) -> None:
    base = bench.store.base(Q)
    meta, left = {"group": [base, "g"]}, Follower(base, group="g")
    members = [bench.entry(id, meta=meta) for id in "1234"]
    group = Group(Q, "g", 4, bench.entry("then"), bench.entry("otherwise"))
    await bench.store.enqueue([(Q, members, 0)], [group])
    await bench.take(1)
    await bench.turn(Ended("1", 1, "failed", tail(1, bench.clock.ms, "no"), 0, (left,)))
    assert await bench.store.move(Q, "replay", "1") == ["1"]
    await bench.add(bench.entry("2", mode="replace"))
    assert await bench.store.move(Q, "delete", "3") == ["3"]
    assert await bench.store.move(Q, "abort", "why", tail(0, bench.clock.ms, "why"), "4") == ["4"]
    claims = {claim.id: claim for claim in await bench.take()}
    assert set(claims) == {"1", "2"}
    await bench.turn(bench.done(claims["1"], left))
    assert await bench.ids("waiting") == ["otherwise"]


async def test_completed_jobs_are_evicted_by_number(bench: Bench) -> None:
    await bench.add("1", "2", "3")
    for claim in await bench.take():
        bench.clock.advance(1)
        keep = Keeping(60_000, 60_000, completed=2, failed=ALL)
        await bench.turn(bench.done(claim), keep=keep)
    assert await bench.ids("completed") == ["3", "2"]
    assert await bench.store.read(Q, ["1"]) == [None]


async def test_no_more_run_than_the_queue_allows(bench: Bench) -> None:
    await bench.join(limits=Limits(concurrency=2))
    await bench.add("1", "2", "3")
    claims = await bench.take()
    assert [claim.id for claim in claims] == ["1", "2"]
    await bench.is_woken()
    assert await bench.taken() == []
    assert not await bench.is_woken()
    turn = await bench.turn(bench.done(claims[0]), free=5)
    assert [claim.id for claim in turn.claims] == ["3"]


async def test_no_more_start_than_the_rate_allows(bench: Bench) -> None:
    await bench.join(limits=Limits(rate=2, period=100))
    await bench.add("1", "2", "3")
    turn = await bench.turn(free=5)
    assert ([claim.id for claim in turn.claims], turn.next_look) == (["1", "2"], 0.1)
    bench.clock.advance(60)
    turn = await bench.turn(free=5)
    assert (turn.claims, turn.next_look) == ([], 0.04)
    bench.clock.advance(40)
    assert await bench.taken() == ["3"]


async def test_one_token_goes_round_while_jobs_wait(bench: Bench) -> None:
    await bench.add("1", "2", "3")
    assert await bench.is_woken()
    assert not await bench.is_woken()
    await bench.take(1)
    assert await bench.is_woken()
    await bench.take(1)
    await bench.take(1)
    assert not await bench.is_woken()


async def test_a_waiting_worker_is_woken(bench: Bench) -> None:
    waiting = asyncio.create_task(bench.store.wait(["other", Q], 30))
    await asyncio.sleep(0)
    await bench.add("1")
    async with asyncio.timeout(20):
        assert await waiting == Q


# beat and join


async def test_jobs_of_a_dead_worker_wait_again_at_no_cost(bench: Bench) -> None:
    await bench.add("1", "2")
    await bench.take(1)
    bench.clock.advance(LEASE)
    await bench.join("x")
    assert list(await bench.store.workers(Q)) == ["x"]
    assert await bench.beat("x") is not None
    [claim, _] = await bench.take(worker="x")
    assert (claim.id, claim.attempt, claim.excused) == ("1", 2, 1)
    assert "died" in (await bench.read("1")).errors
    assert await bench.store.turn(Q, "w", [], 5, KEEP) is None
    assert await bench.beat("w") is None


async def test_a_job_that_kills_workers_fails(bench: Bench) -> None:
    await bench.add("1")
    for n in range(DEATHS):
        assert await bench.taken(worker="w" if n == 0 else f"w{n}") == ["1"]
        bench.clock.advance(LEASE)
        await bench.join(f"w{n + 1}")
        await bench.beat(f"w{n + 1}")
    assert await bench.ids("failed") == ["1"]
    assert b"Its worker died 3 times." in (await bench.read("1")).record
    assert (await bench.store.counts(Q)).totals["failed"] == 1


async def test_a_worker_that_leaves_is_forgotten_at_once(bench: Bench) -> None:
    await bench.beat(lease=0)
    assert await bench.store.workers(Q) == {}


async def test_ended_jobs_are_evicted_by_age(bench: Bench) -> None:
    await bench.add("1", "2")
    first, second = await bench.take()
    await bench.turn(bench.done(first), bench.broken(second))
    bench.clock.advance(100)
    await bench.beat(keep=Keeping(100, 200))
    assert (await bench.ids("completed"), await bench.ids("failed")) == ([], ["2"])


async def test_a_worker_comes_back_to_what_it_holds(bench: Bench) -> None:
    await bench.add("1", "2")
    await bench.take()
    assert await bench.join("x", was=["w"], held=[("1", 1), ("3", 1)]) == {"1"}
    [claim] = await bench.take(worker="x")
    assert (claim.id, claim.attempt) == ("2", 1)
    assert await bench.join("x", was=["w"], held=[("1", 1)]) == set()
    assert (await bench.read("1")).worker == "x"


async def test_a_worker_learns_what_to_abort_and_whether_to_be_quiet(bench: Bench) -> None:
    await bench.add("1", "2", "3")
    [claim] = await bench.take(1)
    told = tail(0, bench.clock.ms, "why")
    assert await bench.store.move(Q, "abort", "why", told, "1", "2", "4") == ["1", "2"]
    assert await bench.store.move(Q, "quiet", "w") == 1
    assert await bench.store.move(Q, "quiet", "nobody") == 0
    beat = await bench.beat()
    assert (beat.aborting, beat.quiet) == ({"1": "why"}, True)
    assert await bench.ids("failed") == ["2"]
    # It tries again before it heard of that: the next worker shall hear, too.
    await bench.turn(bench.retry(claim))
    await bench.join("x", was=["w"])
    assert "1" in await bench.taken(worker="x")
    beat = await bench.beat("x")
    assert (beat.aborting, beat.quiet) == ({"1": "why"}, True)
    await bench.store.move(Q, "noisy", "x")
    assert not (await bench.beat("x")).quiet


# move


async def test_jobs_are_promoted_replayed_deleted_and_drained(bench: Bench) -> None:
    await bench.add(bench.entry("1", due=-5000), "2", "3")
    assert await bench.store.move(Q, "promote", "1", "2") == ["1"]
    assert await bench.ids("waiting") == ["2", "3", "1"]
    first, _ = await bench.take(2)
    await bench.turn(bench.broken(first))
    assert await bench.store.move(Q, "replay", "2", "3") == ["2"]
    stored = await bench.read("2")
    assert (stored.state, b"\n" in stored.record) == ("waiting", False)
    assert json.loads(stored.errors) == {"attempt": 1, "at": bench.clock.ms, "error": "no"}
    assert await bench.store.move(Q, "delete", "2", "3", "4") == ["2"]
    assert await bench.store.move(Q, "drain", "wait", 5) == 1
    assert await bench.ids("waiting") == []
    assert await bench.ids("active") == ["3"]


async def test_only_its_holder_notes_something_on_a_job(bench: Bench) -> None:
    await bench.add("1")
    await bench.take()
    assert await bench.store.move(Q, "note", "progress", "1", 1, "w", "50") == 1
    assert await bench.store.move(Q, "note", "log", "1", 1, "w", "one") == 1
    assert await bench.store.move(Q, "note", "log", "1", 1, "w", "two") == 1
    assert await bench.store.move(Q, "note", "log", "1", 2, "w", "three") == 0
    stored = await bench.read("1")
    assert (stored.progress, stored.log) == ("50", "one\ntwo")


@pytest.mark.parametrize("text", ["x" * 6000, "é" * 3000])
async def test_the_oldest_lines_of_a_log_go(bench: Bench, text: str) -> None:
    await bench.add("1")
    await bench.take()
    for n in range(5):
        await bench.store.move(Q, "note", "log", "1", 1, "w", f"{n}{text}")
    lines = (await bench.read("1")).log.split("\n")
    assert [each[0] for each in lines] == ["3", "4"]


async def test_a_paused_queue_gives_out_nothing(bench: Bench) -> None:
    await bench.add("1")
    await bench.store.move(Q, "pause")
    assert await bench.taken() == []
    assert (await bench.store.counts(Q)).paused
    await bench.is_woken()
    await bench.store.move(Q, "resume")
    assert await bench.is_woken()
    assert await bench.taken() == ["1"]


async def test_a_queue_in_which_jobs_run_is_obliterated_only_by_force(bench: Bench) -> None:
    await bench.add("1", "2")
    await bench.take(1)
    assert await bench.store.move(Q, "obliterate", 0) == 1
    assert await bench.ids("waiting") == ["2"]
    assert await bench.store.move(Q, "obliterate", 1) == 0
    counts = await bench.store.counts(Q)
    assert (counts.waiting, counts.active) == (0, 0)
    assert await bench.store.turn(Q, "w", [], 1, KEEP) is None


# tick, listen


async def test_one_of_many_enqueues_a_schedules_run(bench: Bench) -> None:
    due = bench.clock.ms + 40
    assert await bench.store.tick(Q, "s", "", due, "first")
    turn = await bench.turn()
    assert (turn.next_look, turn.next_tick) == (None, 0.04)
    assert await bench.store.due(Q, await bench.store.now()) == []
    assert await bench.store.due(Q, due) == ["s"]
    run: Sequence[Entry] = [bench.entry("run")]
    assert await bench.store.tick(Q, "s", "first", due + 40, "second", run)
    assert not await bench.store.tick(Q, "s", "first", due + 80, "third", [bench.entry("run2")])
    assert await bench.ids("waiting") == ["run"]
    assert await bench.store.schedules(Q) == {"s": ("second", due + 40)}
    assert await bench.store.tick(Q, "s", "second", None, "third")
    assert await bench.store.schedules(Q, ["s", "t"]) == {"s": ("third", None)}
    assert (await bench.turn()).next_tick is None
    assert await bench.store.tick(Q, "s", "third", None, "")
    assert await bench.store.schedules(Q) == {}


async def test_ends_and_retries_are_told(bench: Bench) -> None:
    await bench.add("1", "2", "3", "4")
    first, second, third, fourth = await bench.take()
    async with bench.store.listen() as notices, asyncio.timeout(20):
        ended = bench.done(first), bench.broken(second), bench.retry(third), bench.snooze(fourth)
        await bench.turn(*ended)
        told = [(each.base, each.kind, each.id) for each in await anext(notices)]
    base = bench.store.base(Q)
    assert told == [(base, "c", "1"), (base, "f", "2"), (base, "r", "3")]

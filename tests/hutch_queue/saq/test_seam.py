"""SAQ's interface to our store: what its web UI reads, and what its worker does."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from saq.job import CronJob, Job, Status
from saq.queue.base import JobError
from tests.hutch_queue.saq.conftest import Open
from tests.hutch_queue.saq.workers import add, ended, read, take, working

from hutch import Module
from hutch_queue import (
    InvalidOption,
    Queue,
    QueueFull,
    SaqQueues,
    WrongState,
    processor,
    queue_module,
)
from hutch_queue import job as job_of_ours
from hutch_queue.contract import Start
from hutch_queue.names import QueueName
from hutch_queue.produce.notices import Notices
from hutch_queue.produce.record import error_line, tail
from hutch_queue.saq.job import entry_of
from hutch_queue.saq.queue import SaqQueue
from hutch_queue.storage.store import Claim, Ended, Limits
from hutch_queue.storage.stores import Stores

Ctx = Any


async def echo(ctx: Ctx, *, a: int) -> int:
    return a


async def broken(ctx: Ctx) -> None:
    raise ValueError("oops")


async def test_a_job_keeps_what_its_producer_said(queue: SaqQueue) -> None:
    job = await add(
        queue, "echo", a=1, key="k", retries=4, timeout=7, retry_delay=0.5, retry_backoff=3.0,
        priority=-2, heartbeat=9, ttl=77, meta={"trace": "t", "group": ["x", "y"]},
    )  # fmt: skip
    found = await read(queue, "k")
    assert found == job
    for name in (
        "function", "kwargs", "retries", "timeout", "retry_delay", "retry_backoff", "priority",
        "heartbeat", "ttl", "meta", "queued", "status", "attempts",
    ):  # fmt: skip
        assert getattr(found, name) == getattr(job, name), name
    assert (found.status, found.touched) == (Status.QUEUED, found.queued)


async def test_no_second_job_while_one_with_its_key_is_live(queue: SaqQueue) -> None:
    job = await add(queue, "echo", key="k", a=1)
    assert await queue.enqueue("echo", key="k", a=2) is None
    await take(queue, "k")
    assert await queue.enqueue("echo", key="k", a=2) is None
    await job.finish(Status.COMPLETE)
    assert await queue.enqueue("echo", key="k", a=2)


@pytest.mark.parametrize("key", [" ", "a\nb", "x" * 201])
async def test_a_key_that_cannot_be_one_is_refused(queue: SaqQueue, key: str) -> None:
    with pytest.raises(InvalidOption, match="a key has 1 to 200 bytes"):
        await queue.enqueue("echo", key=key)
    with pytest.raises(TypeError, match="not JSON serializable"):
        await queue.enqueue("echo", a=object())


async def test_a_full_queue_says_so(opened: Open) -> None:
    queue = opened(capacity=1)
    await add(queue, "echo", a=1)
    with pytest.raises(QueueFull, match=r"'emails' is full: 1 jobs wait, its capacity is 1\."):
        await queue.enqueue("echo", a=2)


async def test_the_lower_priority_comes_first_then_the_older_job(queue: SaqQueue) -> None:
    for key, priority in (("late", 1), ("a", 0), ("b", 0), ("first", -1)):
        await add(queue, "echo", key=key, priority=priority)
    for key in ("first", "a", "b", "late"):
        assert (await take(queue, key)).status is Status.ACTIVE


async def test_the_states_of_a_job(queue: SaqQueue) -> None:
    soon = time.time() + 100
    later = await add(queue, "echo", key="later", scheduled=soon)
    assert (await read(queue, "later")).scheduled == pytest.approx(soon, abs=0.001)
    await add(queue, "echo", key="k", a=1)
    assert await counts(queue) == {"queued": 1, "active": 0, "incomplete": 2}

    job = await take(queue, "k")
    assert (job.attempts, job.kwargs) == (1, {"a": 1})
    await job.update(status=Status.ACTIVE, progress=0.5, meta={"seen": True})
    assert await counts(queue) == {"queued": 0, "active": 1, "incomplete": 2}
    found = await read(queue, "k")
    assert (found.status, found.attempts, found.progress) == (Status.ACTIVE, 1, 0.5)
    assert (found.worker_id, found.started, found.meta) == ("taker", job.started, {"seen": True})

    await job.finish(Status.COMPLETE, result={"b": [2]})
    found = await read(queue, "k")
    assert (found.status, found.result, found.progress) == (Status.COMPLETE, {"b": [2]}, 1.0)
    assert found.meta == {"seen": True}
    assert found.queued <= found.started <= found.completed <= found.touched
    assert await counts(queue) == {"queued": 0, "active": 0, "incomplete": 1}
    with pytest.raises(ValueError, match="use queued, active, incomplete"):
        await queue.count("failed")  # type: ignore[arg-type]
    await later.abort("no more")
    assert (await read(queue, "later")).error == "no more"


async def counts(queue: SaqQueue) -> dict[str, int]:
    return {kind: await queue.count(kind) for kind in ("queued", "active", "incomplete")}


@pytest.mark.req("X-02")
async def test_what_the_web_ui_reads(queue: SaqQueue) -> None:
    for number in range(3):
        await add(queue, "echo", key=f"active{number}", a=1)
        await take(queue, f"active{number}")
    for number in range(5):
        await add(queue, "echo", key=f"waiting{number}", a=1)
        await add(queue, "echo", key=f"later{number}", scheduled=2e9 + number)
    info = await queue.info(jobs=True, limit=3)
    assert (info["name"], info["queued"], info["active"], info["scheduled"]) == ("emails", 5, 3, 5)
    assert info["workers"] == {}

    async def keys(offset: int) -> list[str]:
        page = await queue.info(jobs=True, offset=offset, limit=4)
        return [job["key"] for job in page["jobs"]]

    assert await keys(0) == [
        "active0", "active1", "active2", "waiting0", "waiting1", "waiting2", "waiting3",
    ]  # fmt: skip
    assert await keys(4) == ["waiting4", "later0", "later1", "later2"]
    assert await keys(8) == ["later3", "later4"]
    listed = [job async for job in queue.iter_jobs(batch_size=2)]
    assert len({job.key for job in listed}) == len(listed) == 13
    active = [job.key async for job in queue.iter_jobs([Status.ACTIVE])]
    assert sorted(active) == ["active0", "active1", "active2"]


async def test_workers_are_listed_while_they_tell_of_themselves(queue: SaqQueue) -> None:
    async with working(queue, {"echo": echo}, id="w1", metadata={"zone": "b"}):
        assert await queue.apply("echo", a=1) == 1
        info = await queue.worker_info("w1", queue.name, {"zone": "b"}, ttl=60)
        found = (await queue.info())["workers"]
        assert found == {"w1": info}
        assert (found["w1"]["stats"] or {})["complete"] == 1
    await queue.worker_info("w1", queue.name, ttl=0)
    assert (await queue.info())["workers"] == {}


async def test_a_stock_worker_runs_jobs(queue: SaqQueue) -> None:
    async with working(queue, {"echo": echo, "broken": broken}):
        assert await queue.map("echo", [{"a": n} for n in range(50)]) == list(range(50))
        with pytest.raises(JobError, match="oops"):
            await queue.apply("broken")
        [error] = await queue.map("broken", [{"retries": 2}], return_exceptions=True)
    assert (error.job.status, error.job.attempts) == (Status.FAILED, 2)
    assert await counts(queue) == {"queued": 0, "active": 0, "incomplete": 0}


async def test_a_job_may_run_for_as_long_as_it_says_while_one_waits(queue: SaqQueue) -> None:
    async def timeouts(ctx: Ctx) -> int:
        return ctx["job"].timeout

    async with working(queue, {"timeouts": timeouts}):
        assert await queue.apply("timeouts") == 10
        assert await queue.map("timeouts", [{}, {"timeout": 0}], timeout=20) == [20, 0]


@pytest.mark.req("X-11")
async def test_retries_wait_as_long_as_the_job_says(queue: SaqQueue) -> None:
    starts: list[float] = []

    async def flaky(ctx: Ctx) -> int:
        starts.append(time.monotonic())
        job = ctx["job"]
        await job.update(meta={"tries": job.attempts})
        if job.attempts < 3:
            raise ValueError("again")
        return job.meta["tries"] if len(starts) == 3 else 0

    async with working(queue, {"flaky": flaky}):
        job = await ended(await add(queue, "flaky", retries=3, retry_delay=0.2))
    assert (job.status, job.attempts, job.result) == (Status.COMPLETE, 3, 3)
    assert all(b - a >= 0.2 for a, b in pairwise(starts))


async def test_between_two_tries_the_last_error_is_told(queue: SaqQueue) -> None:
    await add(queue, "echo", key="k", retries=2, retry_delay=100.0)
    job = await take(queue, "k")
    await job.update(status=Status.ACTIVE, progress=0.7, meta={"a": 1})
    await job.retry("ValueError: no")
    found = await read(queue, "k")
    assert (found.status, found.error, found.attempts) == (Status.QUEUED, "ValueError: no", 1)
    assert (found.started, found.progress, found.meta) == (0, 0.0, {"a": 1})
    assert found.scheduled > time.time() + 50
    await queue._store.move("emails", "promote", "k")
    assert (await take(queue, "k")).meta == {"a": 1}


async def test_after_a_retry_nobody_spins(queue: SaqQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    await add(queue, "echo", key="k", retries=2, retry_delay=100.0)
    await (await take(queue, "k")).retry("no")
    store, turns = queue._patient, 0
    turn = store.turn

    async def counted(*args: Any) -> Any:
        nonlocal turns
        turns += 1
        return await turn(*args)

    monkeypatch.setattr(store, "turn", counted)
    assert await queue.dequeue(timeout=0.2) is None
    assert turns <= 3


async def test_a_job_that_takes_too_long_fails(queue: SaqQueue) -> None:
    async def sleep(ctx: Ctx) -> None:
        await asyncio.sleep(60)

    async with working(queue, {"sleep": sleep}):
        job = await ended(await add(queue, "sleep", timeout=0.1))
    assert job.status is Status.FAILED
    assert "TimeoutError" in (job.error or "")


async def test_a_running_job_is_aborted(queue: SaqQueue, opened: Open) -> None:
    began, stopped = asyncio.Event(), asyncio.Event()

    async def sleep(ctx: Ctx) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    async with working(queue, {"sleep": sleep}):
        job = await add(opened(), "sleep", key="k")
        await began.wait()
        await job.abort("enough")
        assert (job.status, job.error) == (Status.ABORTING, "enough")
        assert await queue.count("active") == 1
        await ended(job)
    assert stopped.is_set()
    assert (job.status, job.error) == (Status.ABORTED, "enough")
    assert await queue.count("active") == 0


async def test_a_job_that_waits_is_aborted_and_one_that_ended_is_not(queue: SaqQueue) -> None:
    job = await add(queue, "echo", key="k")
    await job.abort("no")
    assert (job.status, (await read(queue, "k")).status) == (Status.ABORTED, Status.ABORTED)
    await add(queue, "echo", key="done")
    done = await take(queue, "done")
    await done.finish(Status.COMPLETE, result=1)
    await done.abort("no")
    assert (await read(queue, "done")).status is Status.COMPLETE


async def test_a_batch_that_breaks_off_is_aborted(queue: SaqQueue) -> None:
    jobs: list[Job] = []

    async def batch() -> None:
        async with queue.batch():
            jobs.append(await add(queue, "echo"))
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        await batch()
    assert jobs[0].status is Status.ABORTED


async def test_an_ended_job_is_retried_with_all_its_attempts(queue: SaqQueue) -> None:
    await add(queue, "echo", key="k", retries=2)
    for _ in range(2):
        job = await take(queue, "k")
        await (job.retry("no") if job.attempts < 2 else job.finish(Status.FAILED, error="no"))
    failed = await read(queue, "k")
    assert (failed.status, failed.attempts) == (Status.FAILED, 2)
    await failed.retry("by hand")
    assert (await take(queue, "k")).attempts == 1


async def test_a_job_that_runs_or_waits_is_not_retried(queue: SaqQueue, opened: Open) -> None:
    other = opened()
    await add(queue, "echo", key="k")
    with pytest.raises(WrongState, match=r"^k in emails is queued; only one that has ended"):
        await (await read(other, "k")).retry("by hand")
    job = await take(queue, "k")
    for status, change in (("active", "retry"), ("active", "finish")):
        seen = await read(other, "k")
        with pytest.raises(WrongState, match=rf"^k in emails is {status}; only"):
            await (seen.retry("x") if change == "retry" else seen.finish(Status.COMPLETE))
    await job.finish(Status.COMPLETE)
    assert (await read(queue, "k")).status is Status.COMPLETE


async def test_a_wait_is_over_when_a_job_comes_or_the_time_is_up(queue: SaqQueue) -> None:
    assert await queue.dequeue(timeout=0.05) is None
    slots = [asyncio.create_task(queue.dequeue()) for _ in range(3)]
    await asyncio.sleep(0)
    for number in range(3):
        await add(queue, "echo", key=str(number))
    async with asyncio.timeout(4):
        taken = await asyncio.gather(*slots)
    assert sorted(job.key for job in taken if job) == ["0", "1", "2"]


async def test_a_scheduled_job_wakes_who_waits_when_it_is_due(queue: SaqQueue) -> None:
    due = time.time() + 0.3
    waiting = asyncio.create_task(queue.dequeue())
    await add(queue, "echo", key="k", scheduled=due)
    async with asyncio.timeout(4):
        assert await waiting
    assert time.time() >= due


async def test_a_wait_that_is_given_up_takes_no_job(queue: SaqQueue, opened: Open) -> None:
    store = queue._member._store
    claiming, go_on = asyncio.Event(), asyncio.Event()
    turn = store.turn

    async def slow(*args: Any) -> Any:
        found = await turn(*args)
        claiming.set()
        await go_on.wait()
        return found

    await add(queue, "echo", key="k")
    store.turn = slow  # type: ignore[method-assign]
    given_up = asyncio.create_task(queue.dequeue())
    await claiming.wait()
    given_up.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    store.turn = turn  # type: ignore[method-assign]
    assert (await take(opened(), "k")).attempts == 1


async def test_a_stopped_worker_gives_its_jobs_back(queue: SaqQueue, opened: Open) -> None:
    began = asyncio.Event()

    async def sleep(ctx: Ctx) -> None:
        began.set()
        await asyncio.sleep(60)

    await add(queue, "sleep", key="k")
    async with working(queue, {"sleep": sleep}):
        await began.wait()
    found = await read(queue, "k")
    assert (found.status, found.error) == (Status.QUEUED, "cancelled")
    for leaving in (opened(), opened(), opened()):
        await take(leaving, "k")
        await leaving.disconnect()
    assert (await take(opened(), "k")).attempts == 2, "they left: none of them died"


async def test_two_stock_workers_lose_nothing(opened: Open) -> None:
    first, second = opened(), opened()
    runs = Counter[int]()

    async def note(ctx: Ctx, *, a: int) -> None:
        runs[a] += 1
        if a % 7 == 0 and ctx["job"].attempts < 2:
            raise ValueError("once more")

    jobs = [await add(first, "note", a=a, retries=2) for a in range(300)]
    async with working(first, {"note": note}), working(second, {"note": note}):
        for job in jobs:
            assert (await ended(job)).status is Status.COMPLETE
    assert runs == {a: 2 if a % 7 == 0 else 1 for a in range(300)}
    assert min(queue.complete for queue in (first, second)) > 0


@pytest.mark.req("X-06")
async def test_the_job_of_a_dead_worker_goes_to_another(opened: Open) -> None:
    dead, living = opened(lease=1), opened(lease=1)
    await add(living, "echo", key="k", timeout=0)
    lost = await take(dead, "k")
    async with working(living, {"echo": echo}) as worker:
        worker.functions["echo"] = lambda ctx: "ran again"
        job = await ended(await read(living, "k"))
    assert (job.status, job.result, job.attempts) == (Status.COMPLETE, "ran again", 1)
    await lost.update(progress=0.1, meta={"late": True})
    await lost.finish(Status.FAILED, error="late")
    await lost.retry("late")
    job = await read(living, "k")
    assert (job.status, job.result, job.meta) == (Status.COMPLETE, "ran again", {})


async def test_a_run_that_was_lost_ends_no_later_run(opened: Open) -> None:
    queue = opened(lease=1)
    await add(queue, "echo", key="k")
    lost = await take(queue, "k")
    await lost.update(status=Status.ACTIVE, progress=0.9)
    sweeper = opened()
    async with asyncio.timeout(10):
        while (await read(queue, "k")).status is Status.ACTIVE:
            await sweeper.sweep()
            await asyncio.sleep(0.02)
    later = await take(queue, "k")
    assert (lost.attempts, later.attempts) == (1, 1)
    assert (await read(queue, "k")).progress == 0.0
    await lost.finish(Status.FAILED, error="late")
    assert (await read(queue, "k")).status is Status.ACTIVE
    await later.finish(Status.COMPLETE, result=2)
    assert (await read(queue, "k")).result == 2


@pytest.mark.parametrize("step", ["claim", "end"])
async def test_a_reply_that_is_lost_costs_no_job_and_no_attempt(
    redis_stores: Stores, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, notices = redis_stores.patient, Notices(redis_stores.patient)
    queue = SaqQueue(redis_stores, QueueName("emails"), notices, lease=15)
    turn, lost = store.turn, 0

    async def reply_is_lost(name: str, worker: str, ended: Any, *rest: Any) -> Any:
        nonlocal lost
        found = await turn(name, worker, ended, *rest)
        if lost == 0 and bool(ended) is (step == "end"):
            lost += 1
            raise RedisConnectionError("lost")
        return found

    await add(queue, "echo", key="k")
    monkeypatch.setattr(store, "turn", reply_is_lost)
    job = await take(queue, "k")
    await job.finish(Status.COMPLETE, result=1)
    found = await read(queue, "k")
    assert (lost, found.status, found.attempts, found.result) == (1, Status.COMPLETE, 1, 1)
    await queue.disconnect()


async def test_an_end_that_cannot_be_told_within_the_lease_is_given_up(
    redis_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = SaqQueue(redis_stores, QueueName("emails"), Notices(redis_stores.patient), lease=1)
    await add(queue, "echo", key="k")
    job = await take(queue, "k")

    async def away(*_: Any) -> None:
        raise RedisConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(redis_stores.patient, "turn", away)
        async with asyncio.timeout(10):
            await job.finish(Status.COMPLETE)
    await queue.sweep()
    again = await take(queue, "k")
    assert again.attempts == 1
    await queue.disconnect()


@processor("emails")
class Emails:
    @job_of_ours
    async def step(self, number: int) -> None:
        raise AssertionError("it is SAQ's worker that runs it")


async def test_a_stock_worker_goes_on_with_chains_groups_and_expiries(start: Start) -> None:
    steps: list[int] = []

    async def step(ctx: Ctx, data: dict[str, int]) -> None:
        steps.append(data["number"])
        if data["number"] == 7:
            raise ValueError("seven")

    exports = [Queue, SaqQueues]
    shop = Module("shop", imports=[queue_module("emails")], providers=[Emails], exports=exports)
    async with start(shop, services=False) as app:
        ours, [queue] = app.get(Queue), app.get(SaqQueues).all()
        await ours.chain(Emails.step(1), Emails.step(2))
        await ours.group([Emails.step(3), Emails.step(4)], then=Emails.step(5))
        seven = Emails.step(7).with_options(attempts=1)
        await ours.group([Emails.step(6), seven], then=Emails.step(0), otherwise=Emails.step(8))
        late = await ours.enqueue(Emails.step(0), expires=timedelta(0))
        await asyncio.sleep(0.002)
        async with working(queue, {"Emails.step": step}), asyncio.timeout(10):
            while await queue.count("incomplete"):
                await asyncio.sleep(0.01)
        expired = await read(queue, late.id)
    assert sorted(steps) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert steps.index(1) < steps.index(2)
    assert expired.status is Status.FAILED
    assert expired.error == "It was not started in time: `expires` had passed."


async def test_cron_jobs_of_a_stock_worker_run(queue: SaqQueue) -> None:
    ran = asyncio.Event()

    async def tick(ctx: Ctx) -> None:
        ran.set()

    async with working(queue, {}, cron_jobs=[CronJob(tick, cron="* * * * * *")]):
        async with asyncio.timeout(10):
            await ran.wait()


async def test_a_paused_queue_and_a_quiet_worker_take_nothing(queue: SaqQueue) -> None:
    await queue.sweep()
    await add(queue, "echo", key="k")
    await queue._store.move("emails", "pause")
    assert await queue.dequeue(timeout=0.05) is None
    await queue._store.move("emails", "resume")
    await queue._store.move("emails", "quiet", queue._member.name)
    await queue.sweep()
    assert await queue.dequeue(timeout=0.05) is None
    await queue._store.move("emails", "noisy", queue._member.name)
    await queue.sweep()
    assert (await take(queue, "k")).attempts == 1


async def test_a_callback_hears_of_each_state(queue: SaqQueue) -> None:
    heard: list[tuple[str, Status]] = []

    async def until_it_ends(key: str, status: Status) -> bool:
        heard.append((key, status))
        return status is Status.COMPLETE

    job = await add(queue, "echo", key="k")
    listening = asyncio.create_task(queue.listen(["k"], until_it_ends, poll_interval=60))
    async with asyncio.timeout(5):
        while not heard:
            await asyncio.sleep(0)
        await take(queue, "k")
        await job.finish(Status.COMPLETE)
        await listening
    assert heard == [("k", Status.QUEUED), ("k", Status.COMPLETE)]
    with pytest.raises(TimeoutError):
        await queue.listen(["k"], lambda key, status: False, timeout=0.05)


async def test_records_are_kept_as_the_queue_says(opened: Open) -> None:
    queue = opened(most_completed=1, keep_failed=timedelta(days=7))
    for key in ("a", "b"):
        await add(queue, "echo", key=key, ttl=-1)
        await (await take(queue, key)).finish(Status.COMPLETE)
    assert await queue.job("a") is None
    assert (await read(queue, "b")).status is Status.COMPLETE


async def test_the_web_ui_is_right_while_10_000_jobs_flow(queue: SaqQueue, stores: Stores) -> None:
    store, total, looks = stores.fast, 10_000, 0
    keeping = QueueName("emails").keeping

    async def produce() -> None:
        for start in range(0, total, 100):
            batch = [Job("echo", queue=queue, key=str(n)) for n in range(start, start + 100)]
            await store.enqueue([("emails", [entry_of(job) for job in batch], 0)])
            await asyncio.sleep(0)  # memory answers without a pause

    async def consume(worker: str) -> None:
        await store.join("emails", worker, 60_000, "", Limits())
        ended: list[Ended] = []
        while (await store.counts("emails")).completed < total:
            turn = await store.turn("emails", worker, ended, 50, keeping)
            assert turn
            ended = [_ended(claim) for claim in turn.claims]
            await asyncio.sleep(0)

    def _ended(claim: Claim) -> Ended:
        if int(claim.id) % 10 == 0 and claim.attempt == 1:
            return Ended(claim.id, claim.attempt, "retry", error_line(1, 1, "no"), -5)
        return Ended(claim.id, claim.attempt, "complete", tail("complete", completed=1))

    flow = asyncio.gather(produce(), consume("a"), consume("b"))
    seen = Counter[str]()
    while not flow.done():
        info = await queue.info(jobs=True)
        assert 0 <= info["active"] <= 100
        assert 0 <= info["queued"] + info["active"] + info["scheduled"] <= total
        assert min(info["queued"], info["scheduled"]) >= 0
        keys = [job["key"] for job in info["jobs"]]
        assert len(set(keys)) == len(keys) <= 20
        assert {job["status"] for job in info["jobs"]} <= {Status.QUEUED, Status.ACTIVE}
        seen.update(name for name in ("queued", "active", "scheduled") if info[name])
        looks += 1
        await asyncio.sleep(0)
    await flow
    assert min(seen["queued"], seen["active"], seen["scheduled"]) > 0, seen
    assert looks > 20
    info = await queue.info(jobs=True)
    assert (info["queued"], info["active"], info["scheduled"], info["jobs"]) == (0, 0, 0, [])

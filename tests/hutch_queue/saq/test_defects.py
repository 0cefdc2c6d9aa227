"""Defects of stock SAQ, each in a forced interleaving: there as it comes, not in ours."""

import asyncio
import fnmatch
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis.asyncio import Redis as Client
from redis.asyncio.connection import AbstractConnection
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from saq.job import CronJob, Job, Status
from saq.worker import Worker as SaqWorker
from tests.hutch_queue.saq.sides import Ours, Side, Stock
from tests.hutch_queue.saq.workers import Guest, add, read, take, working

from hutch import Module
from hutch_queue import (
    Queue,
    QueueAdmin,
    Schedules,
    cron,
    exponential,
    job,
    processor,
    queue_module,
)
from hutch_queue.names import QueueName
from hutch_queue.produce.record import tail
from hutch_queue.saq.job import entry_of
from hutch_queue.storage.store import Ended, Limits
from hutch_queue.worker.consumer import Consumer
from hutch_redis import EmbeddedServer, Redis
from hutch_redis.testing import keys_outside, temporary_server

Ctx = Any
SOON = 10.0

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
async def stock_server() -> AsyncIterator[EmbeddedServer]:
    """A server of SAQ's own: its keys are under no prefix."""
    async with temporary_server() as server:
        yield server


@pytest.fixture(params=["stock", "ours"])
async def side(
    request: pytest.FixtureRequest, stock_server: EmbeddedServer, redis: Redis
) -> AsyncIterator[Side]:
    made: Side = Ours(redis.blocking, "", redis=redis)
    if request.param == "stock":
        made = Stock(Client.from_url(stock_server.url, socket_timeout=None), stock_server.url)
        await made.client.flushdb()
    yield made
    await made.close()
    if made.stock:
        await made.client.aclose()


async def begun(queue: Any, key: str) -> Job:
    """Take a job and mark it as running."""
    job = await take(queue, key)
    await job.update(status=Status.ACTIVE)
    return job


# A worker dies.


@pytest.mark.req("X-05", "X-06")
@pytest.mark.parametrize("timeout", [10, 0])
async def test_the_job_of_a_killed_worker_is_run_again(side: Side, timeout: int) -> None:
    queue, other = side.open(), side.open()
    await add(queue, "f", key="k", timeout=timeout)
    await side.die(await begun(queue, "k"))
    await side.upkeep(other)
    found = (await read(other, "k")).status
    side.expect(found, stock=Status.ACTIVE if timeout == 0 else Status.ABORTED, ours=Status.QUEUED)


async def test_a_job_survives_the_death_of_who_recovers_it(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, sweeper, other = side.open(), side.open(), side.open()
    await add(queue, "f", key="k", retries=3)
    await side.die(await begun(queue, "k"))
    window = asyncio.Event()

    async def killed_here(*_: Any) -> None:
        window.set()
        await asyncio.Event().wait()

    if side.stock:
        monkeypatch.setattr(Job, "refresh", killed_here)  # after the job was told to stop
    else:
        store = sweeper._member._store
        beat = store.beat

        async def beats(*args: Any) -> None:
            await beat(*args)
            await killed_here()  # after the one step that there is

        monkeypatch.setattr(store, "beat", beats)
    sweeping = asyncio.create_task(sweeper.sweep())
    await asyncio.wait_for(window.wait(), SOON)
    sweeping.cancel()
    await asyncio.wait([sweeping])
    await side.upkeep(other)
    assert (await read(other, "k")).status is (Status.ABORTING if side.stock else Status.QUEUED)
    side.expect(await other.count("incomplete"), stock=0, ours=1)


async def test_the_dead_are_not_waited_for_one_by_one(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, other = side.open(), side.open()
    for number in range(3):
        await add(queue, "f", key=str(number), retries=2)
        dead = await begun(queue, str(number))
        await (side.die(dead) if side.stock or number == 2 else asyncio.sleep(0))
    waits: list[float] = []

    async def no_answer(_: Job, seconds: float | None = None) -> None:
        waits.append(seconds or 0)
        raise TimeoutError

    monkeypatch.setattr(Job, "refresh", no_answer)
    await other.sweep()
    side.expect(waits, stock=[5.0, 5.0, 5.0], ours=[])
    assert await other.count("queued") == 3


# A job moves in several steps.


@pytest.mark.req("X-05")
async def test_a_healthy_job_is_not_swept_while_it_is_taken(side: Side) -> None:
    queue, other = side.open(), side.open()
    await add(queue, "f", key="k", retries=2)
    healthy = await take(queue, "k")  # and its worker will say in a moment that it is active
    await side.upkeep(other)
    side.expect(await other.count("queued"), stock=1, ours=0)
    second = await other.dequeue(timeout=0.1)
    side.expect(second is not None, stock=True, ours=False)
    await healthy.finish(Status.COMPLETE)


async def test_a_retried_scheduled_job_is_offered_once(side: Side) -> None:
    queue = side.open()
    await add(queue, "f", key="k", scheduled=1, retries=2)
    await side.upkeep(queue)
    await (await begun(queue, "k")).retry("again")
    await side.upkeep(queue)
    side.expect(await queue.count("queued"), stock=2, ours=1)


async def test_a_late_update_keeps_no_record_for_ever(side: Side) -> None:
    queue = side.open()
    await add(queue, "f", key="k")
    job = await begun(queue, "k")
    await job.finish(Status.COMPLETE, result=1)
    await job.update(progress=0.5)
    side.expect(await side.is_kept_for_ever(job), stock=True, ours=False)


async def test_a_stale_attempt_overwrites_no_newer_one(side: Side) -> None:
    queue, other = side.open(), side.open()
    await add(queue, "f", key="k", retries=3)
    stale = await begun(queue, "k")
    await side.lose("k", other)
    newer = await begun(other, "k")
    await newer.finish(Status.COMPLETE, result="newer")
    await stale.finish(Status.FAILED, error="stale")
    found = await read(other, "k")
    side.expect(
        (found.status, found.result),
        stock=(Status.FAILED, None),
        ours=(Status.COMPLETE, "newer"),
    )


# What it costs.


async def test_idle_slots_share_one_connection(side: Side) -> None:
    queue = side.open()
    before = await blocked(side)
    slots = [asyncio.create_task(queue.dequeue()) for _ in range(10)]
    async with asyncio.timeout(10):
        while await blocked(side) - before < (10 if side.stock else 1):
            await asyncio.sleep(0)
    for _ in range(20):
        await queue.count("queued")  # time enough for the others
    side.expect(await blocked(side) - before, stock=10, ours=1)
    for slot in slots:
        slot.cancel()
    await asyncio.wait(slots)


async def blocked(side: Side) -> int:
    info: Any = await side.client.info("clients")
    return int(info["blocked_clients"])


async def test_ten_jobs_are_taken_and_ended_in_two_trips(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = side.open()

    async def noop(ctx: Ctx) -> None:
        return None

    async def drain() -> None:
        for number in range(10):
            await add(queue, "noop", key=str(number))
        if not side.stock:
            await queue._patient.join("emails", "w", 60_000, "", Limits())
        with counted_replies(monkeypatch) as replies:
            if side.stock:
                worker = SaqWorker(queue, [("noop", noop)])
                for _ in range(10):
                    await worker.process()
            else:
                await drain_by_turns(queue._patient)
            counts.append(sum(replies))

    counts: list[int] = []
    await drain()  # the scripts are loaded
    await drain()
    assert counts[1] >= 60 if side.stock else counts[1] == 2
    assert await queue.count("incomplete") == 0


async def drain_by_turns(store: Any) -> None:
    keeping = QueueName("emails").keeping
    turn = await store.turn("emails", "w", [], 10, keeping)
    ended = [
        Ended(claim.id, claim.attempt, "complete", tail("complete", completed=1))
        for claim in turn.claims
    ]
    await store.turn("emails", "w", ended, 10, keeping)


@contextmanager
def counted_replies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count what is read from sockets: each read is a wait for Redis."""
    found: list[int] = []
    reads = AbstractConnection.read_response

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(1)
        return await reads(self, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(AbstractConnection, "read_response", counted)
        yield found


async def test_no_worker_spins_while_redis_is_away(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, failures = side.open(), 0

    async def away(*_: Any) -> None:
        nonlocal failures
        failures += 1
        raise RedisConnectionError("away")

    if side.stock:
        await queue.version()
        monkeypatch.setattr(queue.redis, "blmove", away)
    else:
        monkeypatch.setattr(queue._patient, "turn", away)
    async with working(queue, {}, cancellation_hard_deadline_s=0.1):
        if side.stock:
            async with asyncio.timeout(10):
                while failures < 1000:
                    await asyncio.sleep(0)
        else:
            await asyncio.sleep(0.5)
            assert 0 < failures <= 20


# What is told.


async def test_no_count_is_negative(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    queue, other = side.open(), side.open()
    jobs = [await add(queue, "f") for _ in range(9)]

    async def all_go() -> None:
        for waiting in jobs:
            await other.abort(waiting, "gone")

    if side.stock:
        count = queue.count

        async def counts(kind: Any) -> int:
            if kind == "incomplete":
                await all_go()  # after the waiting ones were counted
            return int(await count(kind))

        monkeypatch.setattr(queue, "count", counts)
    else:
        store = queue._store
        read_counts = store.counts

        async def and_then(name: str) -> Any:
            found = await read_counts(name)
            await all_go()
            return found

        monkeypatch.setattr(store, "counts", and_then)
    info = await queue.info(jobs=True)
    side.expect((info["queued"], info["scheduled"]), stock=(9, -9), ours=(9, 0))


async def test_the_second_page_lists_the_next_jobs(side: Side) -> None:
    queue = side.open()
    for number in range(6):
        await add(queue, "f", key=str(number))
    page = await queue.info(jobs=True, offset=3, limit=3)
    side.expect([job["key"] for job in page["jobs"]], stock=[], ours=["3", "4", "5"])


async def test_ended_jobs_are_listed_without_looking_at_all_keys(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = side.open()
    for number in range(3):
        await add(queue, "f", key=str(number))
    await (await begun(queue, "0")).finish(Status.FAILED, error="no")
    scans: list[str] = []
    execute = Client.execute_command

    async def watched(self: Any, *args: Any, **options: Any) -> Any:
        scans.extend(str(args[0]) for _ in (0,) if args[0] in ("SCAN", "KEYS"))
        return await execute(self, *args, **options)

    monkeypatch.setattr(Client, "execute_command", watched)
    found = [job.key async for job in queue.iter_jobs([Status.FAILED])]
    assert found == ["0"]
    side.expect(bool(scans), stock=True, ours=False)


# When a job runs.


async def test_a_job_scheduled_for_time_zero_runs(side: Side) -> None:
    queue = side.open()
    await add(queue, "f", key="k", scheduled=0.0)
    await side.upkeep(queue)
    found = await queue.dequeue(timeout=0.2)
    side.expect(found and found.key, stock=None, ours="k")


@pytest.mark.req("X-11")
async def test_a_due_job_waits_for_no_tick(side: Side) -> None:
    queue = side.open()
    await add(queue, "f", key="k", scheduled=time.time() + 0.05)
    found = await queue.dequeue(timeout=0.5 if side.stock else 5)
    side.expect(found and found.key, stock=None, ours="k")


@pytest.mark.req("X-11")
def test_the_waits_between_attempts_are_those_that_were_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("saq.utils.random", lambda: 0.1)
    job = Job("f", retry_delay=1, retry_backoff=True)
    theirs = [job.next_retry_delay() for job.attempts in (1, 2, 3)]
    assert theirs == [0.1, 0.2, 0.4]
    assert [exponential(1)(attempt) for attempt in (1, 2, 3)] == [1, 2, 4]


@pytest.mark.req("X-10")
async def test_two_workers_enqueue_a_tick_once(side: Side) -> None:
    queues = [side.open(), side.open()]
    if side.stock:
        crons = [CronJob(digest, "0 3 * * *", unique=False)]
        workers = [SaqWorker(queue, [], cron_jobs=crons) for queue in queues]
        for worker in (*workers, *workers):
            await worker.schedule()
    else:
        run = entry_of(Job("digest", queue=queues[0], key="cron:digest:1"))
        stores = [queue._store for queue in queues]
        assert await stores[0].tick("emails", "digest", "", 1, "first")
        for store in (*stores, *stores):  # all have read the same due time
            await store.tick("emails", "digest", "first", 2, "second", [run])
    side.expect(await queues[0].count("incomplete"), stock=4, ours=1)


async def digest(ctx: Ctx) -> None:
    return None


@pytest.mark.req("X-10")
async def test_a_function_has_two_crons(side: Side, on_redis: Any) -> None:
    if side.stock:
        queue = side.open()
        crons = [CronJob(digest, "0 3 * * *"), CronJob(digest, "0 15 * * *")]
        await SaqWorker(queue, [], cron_jobs=crons).schedule()
        found = await queue.count("incomplete")
    else:
        async with on_redis()(shop) as app:
            async with asyncio.timeout(10):
                while (found := len(await app.get(Schedules).list("emails"))) < 2:
                    await asyncio.sleep(0)
    side.expect(found, stock=1, ours=2)


# How a worker stops.


@dataclass
class Log:
    entries: list[str] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self) -> None:
        """Wait for the gate, and note how that ended."""
        self.began.set()
        try:
            await self.gate.wait()
            self.entries.append("done")
        except asyncio.CancelledError:
            self.entries.append("cancelled")
            raise


@processor("emails", concurrency=2)
@dataclass
class Emails:
    log: Log

    @job
    async def slow(self) -> None:
        await self.log.work()

    @cron("0 3 * * *")
    @cron("0 15 * * *")
    @job
    async def digest(self) -> None:
        return None


shop = Module(
    "shop",
    imports=[queue_module("emails")],
    providers=[Log, Emails],
    exports=[Log, Queue, QueueAdmin, Schedules],
)


@dataclass
class Stopping:
    """A worker that runs, and a way to begin its stop."""

    log: Log
    begin: Callable[[], Awaitable[Any]]
    over: asyncio.Task[None]


async def theirs(queue: Any, grace: int | None) -> Stopping:
    """Start SAQ's worker on SAQ's queue."""
    log = Log()

    async def slow(ctx: Ctx, data: Any) -> None:
        await log.work()

    worker = Guest(queue, [("Emails.slow", slow)], concurrency=2, shutdown_grace_period_s=grace)
    over = asyncio.create_task(worker.start())

    async def begin() -> None:
        worker.event.set()
        await asyncio.sleep(0)  # it wakes, and waits for its slots

    return Stopping(log, begin, over)


async def ours(start: Any, monkeypatch: pytest.MonkeyPatch) -> Stopping:
    """Start an app with our worker."""
    stop, told = asyncio.Event(), asyncio.Event()
    started: asyncio.Future[Log] = asyncio.get_running_loop().create_future()
    stops = Consumer.stop

    def stop_and_tell(self: Consumer) -> None:
        stops(self)
        told.set()

    async def live() -> None:
        async with start(shop) as app:
            started.set_result(app.get(Log))
            await stop.wait()

    async def begin() -> None:
        stop.set()
        await asyncio.wait_for(told.wait(), SOON)

    monkeypatch.setattr(Consumer, "stop", stop_and_tell)
    over = asyncio.create_task(live())
    return Stopping(await asyncio.wait_for(started, SOON), begin, over)


@pytest.mark.req("X-05")
async def test_a_worker_that_stops_lets_its_jobs_end(
    side: Side, on_redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = side.open()
    worker = await (theirs(queue, None) if side.stock else ours(on_redis(), monkeypatch))
    await add(queue, "Emails.slow", key="k", data={})
    await asyncio.wait_for(worker.log.began.wait(), SOON)
    await worker.begin()
    asyncio.get_running_loop().call_later(0.3, worker.log.gate.set)
    await asyncio.wait_for(worker.over, SOON)
    side.expect(worker.log.entries, stock=["cancelled"], ours=["done"])


async def test_a_worker_that_stops_takes_no_more_jobs(
    side: Side, on_redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, log = side.open(), Log()
    worker = await (theirs(queue, 2) if side.stock else ours(on_redis(), monkeypatch))
    log = worker.log
    await add(queue, "Emails.slow", key="first", data={})
    await asyncio.wait_for(log.began.wait(), SOON)  # the other slot is idle
    log.began.clear()
    await worker.begin()
    await add(queue, "Emails.slow", key="second", data={})
    if side.stock:
        await asyncio.wait_for(log.began.wait(), SOON)
    log.gate.set()
    await asyncio.wait_for(worker.over, SOON)
    side.expect(log.entries, stock=["done", "done"], ours=["done"])
    found = (await read(queue, "second")).status
    side.expect(found, stock=Status.COMPLETE, ours=Status.QUEUED)


# How a result comes back.


async def test_waiting_for_a_result_does_not_lift_the_time_limit(side: Side) -> None:
    queue, other = side.open(), side.open()
    applying = asyncio.create_task(queue.apply("f", key="k"))
    job = await take(other, "k")
    side.expect(job.timeout, stock=None, ours=10)
    await job.finish(Status.COMPLETE, result=7)
    assert await asyncio.wait_for(applying, SOON) == 7


async def test_a_result_is_told_and_not_looked_for(side: Side) -> None:
    queue, other = side.open(), side.open()
    applying = asyncio.create_task(queue.apply("f", key="k", poll_interval=60))
    job = await take(other, "k")
    await asyncio.sleep(0.1)  # the first look was in vain
    await job.finish(Status.COMPLETE, result=7)
    done, _ = await asyncio.wait([applying], timeout=0.5 if side.stock else 10)
    side.expect(len(done), stock=0, ours=1)
    applying.cancel()
    await asyncio.wait([applying])


# Names and keys.


async def test_all_keys_are_under_the_apps_prefix(side: Side, redis_prefix: str) -> None:
    mark = redis_prefix.rstrip(":")
    queue = side.open(f"{mark}-emails")
    await add(queue, "f", key="k")
    job = await begun(queue, "k")
    await job.finish(Status.COMPLETE)
    outside = [key for key in await keys_outside(side.client, redis_prefix) if mark in key]
    side.expect(bool(outside), stock=True, ours=False)


@pytest.mark.req("X-08")
async def test_an_abort_is_of_one_queue(side: Side) -> None:
    emails, orders = side.open("emails"), side.open("orders")
    await add(emails, "f", key="k")
    await (await begun(emails, "k")).abort("no")
    stored = await orders.enqueue("f", key="k")
    side.expect(stored is not None, stock=False, ours=True)


@pytest.mark.req("X-08")
async def test_a_colon_in_a_name_joins_no_two_jobs(side: Side) -> None:
    first, second = side.open("x"), side.open("x:y")
    await add(first, "one", key="y:z")
    await add(second, "two", key="z")
    try:
        found = (await read(first, "y:z")).function
    except ValueError as error:
        found = str(error)[-25:]
    side.expect(found, stock="fetched by wrong queue: x", ours="one")


@pytest.mark.req("X-09")
async def test_a_queue_is_not_told_of_one_whose_name_begins_alike(side: Side) -> None:
    publish, other = side.open("publish"), side.open("publish-x")
    if side.stock:
        hears = fnmatch.fnmatch(other.job_id("k"), f"{publish._pubsub.prefix}*")
    else:
        hears = other._results._base.startswith(publish._results._base)
    side.expect(hears, stock=True, ours=False)
    heard: list[Status] = []
    for queue in (publish, other):
        await add(queue, "f", key="k")

    async def note(_: str, status: Status) -> None:
        heard.append(status)

    listening = asyncio.create_task(publish.listen(["k"], note, timeout=0.5))
    await (await begun(other, "k")).finish(Status.COMPLETE)
    await asyncio.wait([listening])
    assert Status.COMPLETE not in heard


async def test_all_keys_of_a_queue_are_in_one_slot_of_a_cluster(
    side: Side, redis_prefix: str
) -> None:
    queue = side.open()
    await add(queue, "f", key="k")
    await add(queue, "f", key="later", scheduled=2e9)
    await begun(queue, "k")
    base = "saq:" if side.stock else redis_prefix
    keys = [key async for key in side.client.scan_iter(match=f"{base}*")]
    assert len(keys) >= 3
    slots = {key_slot(key) for key in keys}
    side.expect(len(slots) > 1, stock=True, ours=False)


# What there is not.


async def test_priority_goes_first(side: Side) -> None:
    queue = side.open()
    for key, priority in (("late", 1), ("first", -1)):
        await add(queue, "f", key=key, priority=priority)
    found = await queue.dequeue(timeout=5)
    side.expect(found.key, stock="late", ours="first")


async def test_a_failed_job_is_run_anew_with_all_its_attempts(side: Side) -> None:
    queue, operator = side.open(), side.open()
    await add(queue, "f", key="k", retries=1)
    await (await begun(queue, "k")).finish(Status.FAILED, error="no")
    await (await read(operator, "k")).retry("by hand")
    job = await queue.dequeue(timeout=5)
    side.expect(job.retryable, stock=False, ours=True)

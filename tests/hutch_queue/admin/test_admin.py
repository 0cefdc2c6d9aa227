"""What becomes of ended jobs in time, what the stores show of it, and the map of foreign words."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from saq.job import Job, Status
from tests.hutch_queue.storage.jobs import Clock

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_queue import (
    JobGone,
    JobInfo,
    Queue,
    QueueAdmin,
    QueueFull,
    QueueSettings,
    QueueStats,
    QueueUnavailable,
    UnknownQueue,
    job,
    processor,
    queue_module,
)
from hutch_queue.contracts.ward import ids_of, until
from hutch_queue.names import QueueName
from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Limits
from hutch_queue.storage.stores import Stores
from hutch_redis import Redis, RedisSettings

DAY = 86_400_000
PAGE = Path(__file__).parents[3] / "docs" / "modules" / "queue" / "states.md"

Open = Callable[..., AbstractAsyncContextManager[Testing]]


@dataclass
class Gate:
    open: asyncio.Event = field(default_factory=asyncio.Event)


@processor("kept", concurrency=100)
@dataclass
class Kept:
    gate: Gate

    @job
    async def note(self, text: str) -> str:
        return text

    @job(attempts=1)
    async def fail(self, text: str) -> None:
        raise ValueError(text)

    @job
    async def wait(self) -> None:
        await self.gate.open.wait()


def kept(**options: Any) -> Module:
    return Module(
        "kept",
        imports=[queue_module("kept", **options)],
        providers=[Kept, Gate],
        exports=[Queue, QueueAdmin, Gate],
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
def stores(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Stores]:
    if request.param == "memory":
        store = MemoryStore(clock=clock)
        return Stores(store, store)
    redis: Redis = request.getfixturevalue("redis")
    store = RedisStore(redis, redis.blocking, clock)  # fails nowhere because the machine is busy
    return Stores(store, store)


@pytest.fixture
def open_kept(stores: Stores, redis_url: str, redis_prefix: str) -> Open:
    """Open an app on stores whose clock the test sets."""
    backend = "memory" if isinstance(stores.fast, MemoryStore) else "redis"
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})

    def opened(module: Module, *, services: bool = True) -> AbstractAsyncContextManager[Testing]:
        return testing(
            module,
            bind(QueueSettings).value(QueueSettings(backend=backend)),
            bind(RedisSettings).value(redis),
            bind(Stores).value(stores),
            services=services,
        )

    return opened


async def sweep(stores: Stores, queue: QueueName) -> None:
    """Show one sign of life, as each worker does all the time."""
    store = stores.patient
    await store.join(queue.name, "janitor", 15_000, "{}", Limits())
    await store.beat(queue.name, "janitor", 15_000, "{}", queue.keeping, 3)
    await store.beat(queue.name, "janitor", 0, "{}", queue.keeping, 3)


async def run(app: Testing, *calls: Any) -> list[str]:
    """Let jobs come to their end; return their ids."""
    handles = await app.get(Queue).enqueue_all(calls)
    admin = app.get(QueueAdmin)
    for handle in handles:
        await until(lambda id=handle.id: admin.job("kept", id), lambda info: info.ended is not None)
    return [handle.id for handle in handles]


@pytest.mark.req("R24-13", "R24-15", "FD-34")
async def test_ended_jobs_go_when_they_are_too_old(
    open_kept: Open, stores: Stores, clock: Clock
) -> None:
    declared = QueueName("kept")
    async with open_kept(kept()) as app:
        admin = app.get(QueueAdmin)
        [done] = await run(app, Kept.note("a"))
        dead = await run(app, *[Kept.fail("b")] * 3)
        clock.advance(DAY - 1)
        await sweep(stores, declared)
        assert await admin.stats("kept") == QueueStats(completed=1, failed=3)
        clock.advance(1)
        await sweep(stores, declared)
        assert await admin.stats("kept") == QueueStats(failed=3)
        with pytest.raises(JobGone, match=done):
            await admin.job("kept", done)
        clock.advance(6 * DAY - 1)
        await sweep(stores, declared)
        assert sorted(ids_of(await admin.jobs("kept", "failed"))) == sorted(dead)
        clock.advance(1)
        await sweep(stores, declared)
        assert await admin.stats("kept") == QueueStats()


@pytest.mark.req("R24-14", "SD-17")
@pytest.mark.parametrize(
    ("state", "option", "most", "call"),
    [
        ("completed", "most_completed", 1000, Kept.note("a")),
        ("completed", "most_completed", 100, Kept.note("a")),
        ("failed", "most_failed", 500, Kept.fail("a")),
    ],
)
async def test_of_more_ended_jobs_than_are_kept_the_oldest_goes(
    open_kept: Open, clock: Clock, state: Any, option: str, most: int, call: Any
) -> None:
    async with open_kept(kept(**{option: most})) as app:
        admin = app.get(QueueAdmin)
        [oldest] = await run(app, call)
        clock.advance(1)
        await run(app, *[call] * (most - 1))
        assert getattr(await admin.stats("kept"), state) == most
        assert (await admin.job("kept", oldest)).state == state
        clock.advance(1)
        [newest] = await run(app, call)
        assert getattr(await admin.stats("kept"), state) == most
        assert ids_of(await admin.jobs("kept", state, limit=1)) == [newest]
        with pytest.raises(JobGone, match=oldest):
            await admin.job("kept", oldest)


@pytest.mark.req("R24-15")
async def test_the_number_of_failed_jobs_has_no_limit_unless_one_is_set(open_kept: Open) -> None:
    async with open_kept(kept(most_completed=10)) as app:
        await run(app, *[Kept.fail("a")] * 1100)
        assert (await app.get(QueueAdmin).stats("kept")).failed == 1100
        assert await app.get(QueueAdmin).replay_all("kept") == 1100


@pytest.mark.req("XB-40")
async def test_a_full_queue_takes_nothing_until_there_is_room(open_kept: Open) -> None:
    async with open_kept(kept(capacity=3), services=False) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        first = await queue.enqueue(Kept.note("a"))
        await queue.enqueue(Kept.note("b"), delay=timedelta(hours=1))
        with pytest.raises(QueueFull, match=r"'kept' is full: 2 jobs wait and 2 more"):
            await queue.enqueue_all([Kept.note("c")] * 2)
        await queue.enqueue(Kept.note("c"))
        with pytest.raises(QueueFull, match="3 jobs wait and 1 more would be above its capacity"):
            await queue.enqueue(Kept.note("d"))
        assert await admin.stats("kept") == QueueStats(waiting=2, delayed=1)
        await admin.discard("kept", first.id)
        await queue.enqueue(Kept.note("d"))


async def test_a_worker_whose_lease_ran_out_is_not_listed(
    open_kept: Open, stores: Stores, clock: Clock
) -> None:
    async with open_kept(kept(), services=False) as app:
        await stores.patient.join("kept", "mortal", 1000, '{"pid":7}', Limits())
        clock.advance(999)
        [told] = await app.get(QueueAdmin).workers("kept")
        assert (told.name, told.pid, told.host, told.running) == ("mortal", 7, "", 0)
        clock.advance(1)
        assert await app.get(QueueAdmin).workers("kept") == []


async def test_a_server_that_is_away_is_named_as_the_cause(unused_tcp_port: int) -> None:
    redis = RedisSettings.model_validate({"url": f"redis://127.0.0.1:{unused_tcp_port}"})
    settings = bind(QueueSettings).value(QueueSettings(backend="redis"))
    async with testing(kept(), settings, bind(RedisSettings).value(redis)) as app:
        admin = app.get(QueueAdmin)
        for asked in (
            admin.stats("kept"),
            admin.jobs("kept", "waiting"),
            admin.job("kept", "a"),
            admin.workers("kept"),
            admin.pause("kept"),
            admin.replay("kept", "a"),
            admin.replay_all("kept"),
        ):
            with pytest.raises(QueueUnavailable, match=r"Redis did not answer \(\w+\)"):
                await asked


@pytest.mark.req("SD-23", "FD-25")
async def test_figures_are_those_that_callers_ask_for_by_name(open_kept: Open) -> None:
    names = ["distribution:dispatch", "distribution:scheduled", "distribution:token-refresh"]
    module = Module("named", imports=[queue_module(*names)], exports=[Queue, QueueAdmin])
    async with open_kept(module, services=False) as app:
        admin = app.get(QueueAdmin)
        for name in names:
            found = asdict(await admin.stats(name))
            assert {"waiting", "active", "completed", "failed", "delayed"} < found.keys()
        with pytest.raises(UnknownQueue, match="declares the queue 'dispatch'; declared: dist"):
            await admin.stats("dispatch")


@pytest.mark.req("SD-24")
async def test_leaving_an_app_closes_its_queues_workers_and_connections(
    on_redis: Any, redis: Redis
) -> None:
    async def connections() -> int:
        return (await redis.state.info("clients"))["connected_clients"]

    names = ["dispatch", "scheduled", "token"]
    workers = [_worker_of(name) for name in names]
    module = Module(
        "three", imports=[queue_module(*names)], providers=workers, exports=[Queue, QueueAdmin]
    )
    tasks, before = asyncio.all_tasks(), await connections()
    async with on_redis()(module) as app:
        for cls in workers:
            assert await (await app.get(Queue).enqueue(cls.run())).result() == "ran"
            assert len(await app.get(QueueAdmin).workers(cls.queue)) == 1
        assert await connections() > before
    assert asyncio.all_tasks() == tasks
    assert await until(connections, lambda count: count <= before)
    async with on_redis()(module, services=False) as app:
        assert [await app.get(QueueAdmin).workers(name) for name in names] == [[], [], []]


def _worker_of(name: str) -> Any:
    class Runs:
        queue = name

        @job
        async def run(self) -> str:
            return "ran"

    return processor(name)(Runs)


@pytest.mark.req("XB-25")
async def test_no_key_of_a_queue_expires(on_redis: Any, redis: Redis, redis_prefix: str) -> None:
    async with on_redis()(kept()) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        hour = timedelta(hours=1)
        await queue.enqueue(Kept.note("a"), key="a", unique_for=hour)
        await queue.enqueue(Kept.note("b"), delay=hour)
        await queue.enqueue(Kept.fail("c"))
        wait = await queue.enqueue(Kept.wait())
        await until(lambda: admin.job("kept", wait.id), lambda info: info.state == "active")
        await until(lambda: admin.stats("kept"), lambda stats: stats.failed == 1)
        await admin.pause("kept")
        await queue.enqueue(Kept.note("d"))
        keys = [key async for key in redis.state.scan_iter(f"{redis_prefix}q:*")]
        left = {await redis.state.ttl(key) for key in keys}
        app.get(Gate).open.set()
    assert len(keys) >= 9
    assert left == {-1}


def _rows(heading: str) -> list[list[str]]:
    """Read the first table below a heading of the page."""
    below = PAGE.read_text().split(f"## {heading}\n")[1]
    lines = [line for line in below.split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.req("X-02")
async def test_foreign_words_for_states_are_ours(open_kept: Open) -> None:
    rows = {row[0].strip("`"): row for row in _rows("States")}
    assert set(rows) == {
        "wait",
        "prioritized",
        "paused",
        "active",
        "delayed",
        "completed",
        "failed",
    }
    async with open_kept(kept()) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        await run(app, Kept.note("a"), Kept.fail("b"))
        active = await queue.enqueue(Kept.wait())
        await until(lambda: admin.job("kept", active.id), lambda info: info.state == "active")
        await queue.enqueue(Kept.note("c"), delay=timedelta(hours=1))
        await admin.pause("kept")
        await queue.enqueue(Kept.note("d"))
        await queue.enqueue(Kept.note("e"))
        paused = await _told(admin, rows)
        await admin.resume("kept")
        app.get(Gate).open.set()
    assert paused["paused"] == (2, 2)
    assert {paused[word] for word in ("active", "delayed", "completed", "failed")} == {(1, 1)}
    async with open_kept(kept(), services=False) as app:
        await app.get(QueueAdmin).drain("kept")
        await app.get(Queue).enqueue(Kept.note("f"))
        told = await _told(app.get(QueueAdmin), rows)
    assert told["wait"] == told["prioritized"] == (1, 1)


async def _told(admin: QueueAdmin, rows: dict[str, list[str]]) -> dict[str, tuple[int, int]]:
    """Ask what the page says to ask: the figure, and the length of the listing."""
    found: dict[str, tuple[int, int]] = {}
    for word, (_, _, figure, listing, _) in rows.items():
        [name] = re.findall(r"`stats\(\)\.(\w+)`", figure)
        [state] = re.findall(r'`jobs\(queue, "(\w+)"\)`', listing)
        stats, jobs = await admin.stats("kept"), await admin.jobs("kept", state)
        found[word] = getattr(stats, name), len(jobs)
    return found


@pytest.mark.req("X-02")
def test_every_status_of_saq_has_a_state_of_ours() -> None:
    named = {word for row in _rows("States") for word in re.findall(r"`(\w+)`", row[1])}
    assert named == {status.value for status in Status}


@pytest.mark.req("X-02")
def test_what_the_map_of_keys_names_is_there() -> None:
    calls = [re.match(r"`(\w+)\(", row[2]) for row in _rows("Keys")]
    assert len(calls) == 12
    assert all(call and hasattr(QueueAdmin, call[1]) for call in calls)
    ours = [re.match(r"`(\w+)`", row[2]) for row in _rows("Fields of a job")]
    assert len(ours) == 13
    assert {name[1] for name in ours if name} <= {field.name for field in fields(JobInfo)}
    assert all(row[1].strip("`") in Job.__dataclass_fields__ for row in _rows("Fields of a job"))

"""Schedules: declared in code or put while the app runs, on both stores."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import structlog
import time_machine
from redis.exceptions import OutOfMemoryError
from tests.hutch_queue.storage.jobs import Clock

from hutch import Inject, Module, bind
from hutch.context import bind_context
from hutch.testing import Testing, testing
from hutch_queue import (
    InvalidOption,
    JobContext,
    JobInfo,
    Queue,
    QueueAdmin,
    QueueSettings,
    QueueUnavailable,
    Schedules,
    UnknownQueue,
    UnknownSchedule,
    core_module,
    cron,
    every,
    injected,
    job,
    processor,
    queue_module,
)
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.lab import clock as every_second
from hutch_queue.schedules import ticker
from hutch_queue.schedules.crontab import Cron
from hutch_queue.schedules.recurrence import Recurrence
from hutch_queue.schedules.schedule import Schedule
from hutch_queue.schedules.ticker import Ticker
from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Ended, Keeping, Limits, Store
from hutch_queue.storage.stores import Stores
from hutch_queue.worker import consumer
from hutch_queue.worker.work import Desk, Work
from hutch_redis import Redis, RedisSettings

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)
NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


@processor("tokens")
class Tokens:
    """Has nothing by the clock."""

    @job(attempts=5)
    async def refresh(self, connection: int) -> None: ...

    @job
    async def sweep(self) -> None: ...


@processor("catalog")
class Catalog:
    @cron("0 2 * * *", tz="Europe/Berlin")
    @job(priority=-10, attempts=1)
    async def refresh(self) -> None: ...

    @cron("0 0 * * *", missed="skip")
    @every(timedelta(minutes=10), overlap=False)
    @job
    async def report(self) -> None: ...


@processor("catalog")
class NewCatalog:
    """The same after a deployment: one changed, one gone."""

    @cron("0 4 * * *", tz="Europe/Berlin")
    @job(priority=-20, name="Catalog.refresh")
    async def refresh(self) -> None: ...

    @job(name="Catalog.report")
    async def report(self) -> None: ...


def module_of(queue: str, *processors: type[Any]) -> Module:
    return Module(
        queue,
        imports=[queue_module(queue)],
        providers=[Journal, *processors],
        exports=[Journal, Queue, QueueAdmin, Schedules],
    )


class Bench:
    """An app without a worker, its store on a clock that tests set."""

    def __init__(self, app: Testing, queue: str, clock: Clock) -> None:
        core = core_module()
        self.app = app
        self.queue = queue
        self.clock = clock
        self.schedules = app.get(Schedules)
        self.store: Store = app.app.get(Stores, core).patient
        self.ticker = app.app.get(Ticker, core)
        self.work = app.app.get(Work, core)

    @property
    def desk(self) -> Desk:
        return self.work.desks[self.queue]

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.us / 1e6, UTC)

    def move(self, to: datetime) -> None:
        self.clock.us = round(to.timestamp()) * 1_000_000

    async def tick(self) -> None:
        """Do what a worker does when the store says that something is due."""
        while await self.store.due(self.queue, self.clock.ms):
            assert await self.ticker.tick(self.store, self.queue) == 0

    async def tick_at(self, time: datetime) -> None:
        self.move(time)
        await self.tick()

    async def next(self, name: str) -> datetime | None:
        return (await self.schedules.get(self.queue, name)).next

    async def waiting(self) -> list[JobInfo]:
        return list(await self.app.get(QueueAdmin).jobs(self.queue, "waiting", limit=500))

    async def ids(self) -> list[str]:
        return [info.id for info in await self.waiting()]

    async def run_all(self) -> None:
        """Take all jobs and complete them."""
        await self.store.join(self.queue, "w", 1000, "{}", Limits())
        keep = Keeping(1000, 1000)
        turn = await self.store.turn(self.queue, "w", [], 500, keep)
        assert turn is not None
        ended = [Ended(claim.id, claim.attempt, "complete", ',"a":1}') for claim in turn.claims]
        await self.store.turn(self.queue, "w", ended, 0, keep)


@pytest.fixture(params=["redis", "memory"])
def stores(request: pytest.FixtureRequest) -> Stores:
    clock = Clock()
    clock.us = round(NOON.timestamp()) * 1_000_000
    if request.param == "memory":
        store: Any = MemoryStore(clock)
    else:
        redis: Redis = request.getfixturevalue("redis")
        store = RedisStore(redis, redis.blocking, clock)
    return Stores(store, store)


@asynccontextmanager
async def opened(stores: Stores, *processors: type[Any]) -> AsyncIterator[Bench]:
    """Open an app with these processors, all of one queue, on the stores."""
    store = cast(Any, stores.patient)
    backend = "memory" if isinstance(store, MemoryStore) else "redis"
    overrides = (
        bind(QueueSettings).value(QueueSettings(backend=backend)),
        bind(RedisSettings).value(RedisSettings.model_validate({"url": "redis://127.0.0.1:1"})),
        bind(Stores).value(stores),
    )
    queue = "tokens" if processors[0] is Tokens else "catalog"
    async with testing(module_of(queue, *processors), *overrides) as app:
        yield Bench(app, queue, store._clock)


@pytest.fixture
async def tokens(stores: Stores) -> AsyncIterator[Bench]:
    async with opened(stores, Tokens) as bench:
        yield bench


# Put while the app runs


@pytest.mark.req("FD-23")
async def test_a_schedule_put_ten_times_is_one(
    tokens: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put() -> None:
        await tokens.schedules.put("all", Tokens.sweep(), every=HOUR)

    await asyncio.gather(*(put() for _ in range(5)))
    with monkeypatch.context() as patch:
        patch.setattr(tokens.store, "tick", None)  # nothing is written any more
        for _ in range(5):
            tokens.clock.advance(1000)
            with time_machine.travel(tokens.now):
                await put()
    [schedule] = await tokens.schedules.list("tokens")
    assert (schedule.name, schedule.next) == ("all", NOON + HOUR)
    await tokens.tick_at(NOON + HOUR)
    await put()
    assert len(await tokens.ids()) == 1
    assert await tokens.next("all") == NOON + 2 * HOUR


async def test_other_ticks_begin_anew_and_other_arguments_hold_from_the_next_run(
    tokens: Bench,
) -> None:
    async def put(connection: int, every: timedelta) -> datetime | None:
        call = Tokens.refresh(connection)
        return (await tokens.schedules.put("7", call, every=every)).next

    assert await put(7, HOUR) == NOON + HOUR
    tokens.move(NOON + MINUTE)
    assert await put(8, HOUR) == NOON + HOUR
    assert await put(8, 2 * HOUR) == NOON + MINUTE + 2 * HOUR
    await tokens.tick_at(NOON + 3 * HOUR)
    assert [info.arguments for info in await tokens.waiting()] == [{"connection": 8}]


@pytest.mark.req("SD-20", "SD-21", "SD-22")
async def test_each_connection_has_a_schedule_of_its_own(tokens: Bench) -> None:
    daily = timedelta(milliseconds=86_400_000)
    for connection in (7, 8):
        await tokens.schedules.put(f"{connection}", Tokens.refresh(connection), every=daily)
    await tokens.tick_at(NOON + DAY)
    runs = await tokens.waiting()
    assert [info.arguments["connection"] for info in runs] == [7, 8]
    assert [info.attempts for info in runs] == [5, 5]
    assert [schedule.name for schedule in await tokens.schedules.list("tokens")] == ["7", "8"]

    assert await tokens.schedules.remove("tokens", "7")
    assert not await tokens.schedules.remove("tokens", "7")
    await tokens.tick_at(NOON + 2 * DAY)
    runs = await tokens.waiting()
    assert [info.arguments["connection"] for info in runs] == [7, 8, 8]
    assert [schedule.name for schedule in await tokens.schedules.list("tokens")] == ["8"]


async def test_a_run_has_the_calls_options(tokens: Bench) -> None:
    call = Tokens.refresh(7).with_options(priority=5, attempts=2, timeout=9, expires=MINUTE)
    with bind_context(request_id="r-42"):
        await tokens.schedules.put("7", call, every=HOUR)
    await tokens.tick_at(NOON + HOUR)
    [id] = await tokens.ids()
    [stored] = await tokens.store.read("tokens", [id])
    assert stored is not None
    now = tokens.clock.ms
    assert json.loads(stored.record) == {
        "queued": now,
        "priority": 5,
        "function": "Tokens.refresh",
        "queue": "tokens",
        "key": "cron:7:20260328T130000Z",
        "kwargs": {"data": {"connection": 7}},
        "timeout": 9,
        "retries": 2,
        "meta": {"expires": now + 60_000},
    }
    assert id == "cron:7:20260328T130000Z"


async def test_runs_and_end_are_limited(tokens: Bench) -> None:
    for name, limit in {"twice": {"runs": 2}, "until": {"until": NOON + 3 * HOUR}}.items():
        await tokens.schedules.put(name, Tokens.sweep(), every=HOUR, **cast(Any, limit))
    for hour in range(1, 6):
        await tokens.tick_at(NOON + hour * HOUR)
    assert len(await tokens.ids()) == 2 + 3
    until, twice = sorted(await tokens.schedules.list("tokens"), key=lambda each: -each.done)
    assert (until.name, until.done, until.next) == ("until", 3, None)
    assert (twice.name, twice.done, twice.next) == ("twice", 2, None)
    assert twice.last == NOON + 2 * HOUR

    again = await tokens.schedules.put("twice", Tokens.sweep(), every=HOUR, runs=2)
    assert again.next is None
    more = await tokens.schedules.put("twice", Tokens.sweep(), every=HOUR, runs=3)
    assert (more.done, more.next) == (2, NOON + 6 * HOUR)
    other = await tokens.schedules.put("twice", Tokens.sweep(), every=2 * HOUR, runs=2)
    assert (other.done, other.next) == (0, NOON + 7 * HOUR)


async def test_an_end_put_later_holds_and_may_be_put_again_when_it_is_over(tokens: Bench) -> None:
    async def put(until: datetime) -> datetime | None:
        call = Tokens.sweep()
        return (await tokens.schedules.put("x", call, every=HOUR, until=until)).next

    assert await put(NOON + 3 * HOUR) == NOON + HOUR
    assert await put(NOON + MINUTE) is None
    tokens.move(NOON + 2 * HOUR)
    assert await put(NOON + MINUTE) is None
    with pytest.raises(InvalidOption, match="no tick comes before until"):
        await put(NOON + HOUR)


async def test_a_schedule_is_paused_resumed_and_run_at_once(tokens: Bench) -> None:
    schedules = tokens.schedules
    await schedules.put("all", Tokens.sweep(), cron="0 * * * *")
    await schedules.pause("tokens", "all")
    await tokens.tick_at(NOON + 5 * HOUR)
    assert await schedules.put("all", Tokens.sweep(), cron="30 * * * *") == replace(
        await schedules.get("tokens", "all"), paused=True, next=None
    )
    id = await schedules.run_now("tokens", "all")
    assert await tokens.ids() == [id]
    await schedules.resume("tokens", "all")
    assert await tokens.next("all") == NOON + 5.5 * HOUR
    tokens.move(NOON + 6 * HOUR)
    await schedules.resume("tokens", "all")
    assert await tokens.next("all") == NOON + 5.5 * HOUR, "it was not paused"
    await tokens.tick()
    assert len(await tokens.ids()) == 2


@pytest.mark.parametrize("change", ["pause", "remove"])
async def test_a_change_that_meets_a_tick_is_made_after_it(
    tokens: Bench, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tokens.schedules.put("x", Tokens.sweep(), every=HOUR)
    tokens.move(NOON + HOUR)
    write = tokens.store.tick

    async def tick_before(*args: Any) -> bool:
        monkeypatch.setattr(tokens.store, "tick", write)
        await tokens.tick()
        return await write(*args)

    monkeypatch.setattr(tokens.store, "tick", tick_before)
    await getattr(tokens.schedules, change)("tokens", "x")
    found = await tokens.schedules.list("tokens")
    assert [(each.done, each.paused) for each in found] == [(1, True)][: change == "pause"]
    assert len(await tokens.ids()) == 1
    await tokens.tick_at(NOON + DAY)
    assert len(await tokens.ids()) == 1


async def test_one_run_at_a_time_where_they_must_not_overlap(tokens: Bench) -> None:
    for name, overlap in {"one": False, "many": True}.items():
        await tokens.schedules.put(name, Tokens.sweep(), every=HOUR, overlap=overlap)
    for hour in (1, 2, 3):
        await tokens.tick_at(NOON + hour * HOUR)
    assert await tokens.schedules.run_now("tokens", "one") == "cron:one"
    ids = await tokens.ids()
    assert [id for id in ids if "one" in id] == ["cron:one"]
    assert len([id for id in ids if "many" in id]) == 3
    await tokens.run_all()
    await tokens.tick_at(NOON + 4 * HOUR)
    assert sorted(await tokens.ids()) == ["cron:many:20260328T160000Z", "cron:one"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "schedule 'x': give either `cron` or `every`"),
        ({"cron": "0 3 * * *", "every": HOUR}, "give either `cron` or `every`"),
        ({"cron": "0 3 * *"}, r"schedule 'x': cron\('0 3 \* \*'\): not a crontab line"),
        ({"cron": ""}, "not a crontab line"),
        ({"cron": "0 0 30 2 *"}, "it never comes"),
        ({"cron": "0 3 * * *", "tz": "Mars/North"}, "no such time zone"),
        ({"every": timedelta(0)}, "give an interval of a second to 36500 days"),
        ({"every": timedelta(days=99_999)}, "give an interval of a second to 36500 days"),
        ({"every": HOUR, "runs": 0}, "runs=0: use 1 or more"),
        ({"every": HOUR, "missed": "late"}, "missed='late': use 'run' or 'skip'"),
        ({"every": HOUR, "until": NOON - HOUR}, "no tick comes before until=2026-03-28 11:00"),
        ({"every": HOUR, "until": NOON + MINUTE}, "no tick comes before until=2026-03-28 12:01"),
        ({"every": HOUR, "until": datetime(2030, 1, 1)}, "give it a time zone"),
    ],
)
async def test_what_cannot_be_followed_is_refused(
    tokens: Bench, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidOption, match=reason):
        await tokens.schedules.put("x", Tokens.sweep(), **options)
    assert await tokens.schedules.list("tokens") == []


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\0", "\ud800", "x" * 151, "é" * 76])
async def test_a_name_is_short_and_printable(tokens: Bench, name: str) -> None:
    with pytest.raises(InvalidOption, match="a name has 1 to 150 bytes as UTF-8, none of them a c"):
        await tokens.schedules.put(name, Tokens.sweep(), every=HOUR)


@pytest.mark.parametrize("option", [{"key": "k"}, {"delay": HOUR}, {"at": NOON}, {"replace": True}])
async def test_a_schedule_takes_no_option_of_a_single_job(
    tokens: Bench, option: dict[str, Any]
) -> None:
    call = Tokens.sweep().with_options(**cast(Any, option))
    with pytest.raises(InvalidOption, match=r"sweep: a schedule takes no `(key|delay|at|replace)`"):
        await tokens.schedules.put("x", call, every=HOUR)


async def test_what_is_not_there_is_said_to_be_unknown(tokens: Bench) -> None:
    schedules = tokens.schedules
    for asked in (schedules.get, schedules.run_now, schedules.pause, schedules.resume):
        with pytest.raises(UnknownSchedule, match="tokens has no schedule 'x'"):
            await asked("tokens", "x")
        with pytest.raises(UnknownQueue, match="no module declares the queue 'elsewhere'"):
            await asked("elsewhere", "x")


async def test_a_server_that_is_away_is_told_of() -> None:
    away = RedisSettings.model_validate({"url": "redis://127.0.0.1:1"})
    overrides = (
        bind(RedisSettings).value(away),
        bind(QueueSettings).value(QueueSettings(backend="redis")),
    )
    async with testing(module_of("tokens", Tokens), *overrides) as app:
        schedules = app.get(Schedules)
        for asked in (
            schedules.put("x", Tokens.sweep(), every=HOUR),
            schedules.list("tokens"),
            schedules.remove("tokens", "x"),
        ):
            with pytest.raises(QueueUnavailable, match="Redis did not answer"):
                await asked


# Ticks


@pytest.mark.req("X-10", "FD-20")
async def test_clock_changes_give_a_daily_job_one_run_and_an_hourly_one_each_hour(
    tokens: Bench,
) -> None:
    for name, spec in {"daily": "30 2 * * *", "hourly": "0 * * * *"}.items():
        await tokens.schedules.put(name, Tokens.sweep(), cron=spec, tz="Europe/Berlin")
    await tokens.schedules.put("interval", Tokens.sweep(), every=2 * HOUR)
    for night, hours in ((datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25)):
        await tokens.tick_at(night.replace(tzinfo=BERLIN).astimezone(UTC) - MINUTE)
        await tokens.run_all()
        while tokens.now.astimezone(BERLIN).date() <= night.date():
            await tokens.tick_at(tokens.now + MINUTE)
        runs = [id.split(":")[1] for id in await tokens.ids()]
        assert runs.count("daily") == 1
        assert runs.count("hourly") == hours + 1, "with both midnights"
        assert runs.count("interval") == (hours + 1) // 2
        await tokens.run_all()


@pytest.mark.req("FD-20", "X-10")
async def test_of_five_tickers_at_one_tick_one_wins(stores: Stores) -> None:
    async with opened(stores, Catalog) as bench:
        await bench.ticker.declare(bench.store, bench.desk)
        bench.move(datetime(2026, 3, 29, 0, tzinfo=UTC))
        together = asyncio.Barrier(5)
        won: list[bool] = []

        class AllAtOnce:
            """A store whose callers tick only when all of them have read."""

            def __getattr__(self, name: str) -> Any:
                return getattr(bench.store, name)

            async def tick(self, *args: Any) -> bool:
                await together.wait()
                won.append(await bench.store.tick(*args))
                return won[-1]

        store = cast(Store, AllAtOnce())
        tickers = [Ticker(cast(Any, None)) for _ in range(5)]
        await asyncio.gather(*(each.tick(store, "catalog") for each in tickers))
        # Two schedules are due at midnight: the report's by the clock and every ten minutes.
        assert sorted(won) == [False] * 8 + [True] * 2
        assert sorted(await bench.ids()) == [
            "cron:Catalog.report:2",
            "cron:Catalog.report:20260329T000000Z",
        ]


@pytest.mark.req("FD-14", "FD-18", "FD-20")
async def test_a_declared_daily_job_of_low_priority_runs_once_a_day(stores: Stores) -> None:
    async with opened(stores, Catalog) as one, opened(stores, Catalog) as other:
        for bench in (one, other):
            await bench.ticker.declare(bench.store, bench.desk)
        for hour in range(2 * 24):
            one.move(NOON + hour * HOUR)
            await asyncio.gather(one.tick(), other.tick())
        runs = await one.waiting()
        daily = [info for info in runs if info.name == "Catalog.refresh"]
        assert [info.id for info in daily] == [
            "cron:Catalog.refresh:20260329T010000Z",  # 02:00 is 03:00 in that night
            "cron:Catalog.refresh:20260330T000000Z",
        ]
        assert {(info.priority, info.attempts) for info in daily} == {(-10, 1)}
        midnights = [info.id for info in runs if info.id.startswith("cron:Catalog.report:2026")]
        assert midnights == [
            "cron:Catalog.report:20260329T000000Z",
            "cron:Catalog.report:20260330T000000Z",
        ]


@pytest.mark.req("FD-14", "FD-18", "FD-21", "X-10")
@pytest.mark.parametrize(("missed", "late"), [("run", 1), ("skip", 0)])
async def test_ticks_missed_while_no_worker_was_there(
    tokens: Bench, missed: Any, late: int
) -> None:
    call = Tokens.sweep().with_options(priority=-10)
    berlin = {"cron": "0 2 * * *", "tz": "Europe/Berlin"}
    await tokens.schedules.put("daily", call, missed=missed, **cast(Any, berlin))
    await tokens.schedules.put("midnight", call, missed=missed, cron="0 0 * * *")
    await tokens.tick_at(NOON + 10 * DAY)
    runs = await tokens.waiting()
    assert [info.id.split(":")[1] for info in runs] == ["midnight", "daily"][: 2 * late]
    normal = await tokens.app.get(Queue).enqueue(Tokens.sweep())
    assert (await tokens.ids())[0] == normal.id
    assert await tokens.next("daily") == datetime(2026, 4, 8, tzinfo=UTC)
    assert await tokens.next("midnight") == datetime(2026, 4, 8, tzinfo=UTC)


@pytest.mark.req("X-10")
async def test_a_tick_is_missed_when_it_is_more_than_a_minute_late(tokens: Bench) -> None:
    await tokens.schedules.put("x", Tokens.sweep(), cron="0 * * * *", missed="skip")
    await tokens.tick_at(NOON + HOUR + MINUTE)
    assert len(await tokens.ids()) == 1
    await tokens.tick_at(NOON + 2 * HOUR + MINUTE + SECOND)
    assert len(await tokens.ids()) == 1
    schedule = await tokens.schedules.get("tokens", "x")
    assert (schedule.done, schedule.last) == (1, NOON + HOUR + MINUTE)


async def test_a_tick_that_had_its_run_has_no_other_when_the_clock_is_set_back(
    tokens: Bench,
) -> None:
    async def put(spec: str) -> None:
        await tokens.schedules.put("x", Tokens.sweep(), cron=spec)

    await put("0 * * * *")
    await tokens.tick_at(NOON + HOUR)
    await tokens.run_all()
    tokens.move(NOON + 50 * MINUTE)
    for spec in ("5 * * * *", "0 * * * *"):
        await put(spec)
    assert await tokens.next("x") == NOON + HOUR
    await tokens.tick_at(NOON + HOUR)
    assert await tokens.ids() == []
    await tokens.tick_at(NOON + 2 * HOUR)
    assert len(await tokens.ids()) == 1


@pytest.mark.req("X-10")
@pytest.mark.parametrize("skew", [-5 * HOUR, 5 * HOUR])
async def test_a_workers_own_clock_does_not_matter(tokens: Bench, skew: timedelta) -> None:
    with time_machine.travel(NOON + skew):
        await tokens.schedules.put("x", Tokens.sweep(), cron="0 * * * *", missed="skip")
        assert await tokens.next("x") == NOON + HOUR
        for hour in (1, 2, 3):
            await tokens.tick_at(NOON + hour * HOUR)
            assert await tokens.next("x") == NOON + (hour + 1) * HOUR
            assert len(await tokens.ids()) == hour


async def test_what_cannot_be_read_here_is_offered_again_and_keeps_nobody_back(
    tokens: Bench,
) -> None:
    schedule = Schedule("runtime", "", Recurrence(Cron("0 * * * *")), {"function": "Tokens.sweep"})
    mars = schedule.write().replace('"tz":"UTC"', '"tz":"Mars/North"')
    for name, text in {"mars": mars, "newer": '{"what":"is this"}'}.items():
        assert await tokens.store.tick("tokens", name, "", tokens.clock.ms, text)
    await tokens.schedules.put("x", Tokens.sweep(), every=SECOND)
    with structlog.testing.capture_logs() as lines:
        await tokens.tick_at(NOON + SECOND)
    assert len(await tokens.ids()) == 1
    told = [line["schedule"] for line in lines if line["log_level"] == "error"]
    assert sorted(told) == ["mars", "newer"]
    assert await tokens.store.due("tokens", tokens.clock.ms + 29_000) == ["x"]
    assert sorted(await tokens.store.due("tokens", tokens.clock.ms + 30_000))[:2] == [
        "mars",
        "newer",
    ]
    assert [each.name for each in await tokens.schedules.list("tokens")] == ["x"]
    await tokens.schedules.put("mars", Tokens.sweep(), every=HOUR)
    assert await tokens.next("mars") == NOON + SECOND + HOUR


async def test_runs_that_a_full_server_refuses_are_tried_again(
    tokens: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tokens.schedules.put("x", Tokens.sweep(), every=HOUR)
    tokens.move(NOON + HOUR)

    async def full(*_: Any) -> bool:
        raise OutOfMemoryError

    monkeypatch.setattr(ticker, "PAUSE", 0.05)
    with monkeypatch.context() as patch, structlog.testing.capture_logs() as lines:
        patch.setattr(tokens.store, "tick", full)
        assert await tokens.ticker.tick(tokens.store, "tokens") == 0.05
        assert 0 < await tokens.ticker.tick(tokens.store, "tokens") <= 0.05
    assert [line["error"] for line in lines] == ["OutOfMemoryError"]
    async with asyncio.timeout(10):
        while left := await tokens.ticker.tick(tokens.store, "tokens"):
            await asyncio.sleep(left)
    assert len(await tokens.ids()) == 1


# Declared in code


async def test_declared_schedules_are_listed_and_stored_once(stores: Stores) -> None:
    async with opened(stores, Catalog) as bench:
        await asyncio.gather(*(bench.ticker.declare(bench.store, bench.desk) for _ in range(5)))
        found = await bench.schedules.list("catalog")
        assert [(each.name, each.cron, each.tz, each.every, each.next) for each in found] == [
            ("Catalog.report:2", None, None, 10 * MINUTE, NOON + 10 * MINUTE),
            ("Catalog.report", "0 0 * * *", "UTC", None, NOON + 12 * HOUR),
            ("Catalog.refresh", "0 2 * * *", "Europe/Berlin", None, NOON + 13 * HOUR),
        ]
        assert {each.source for each in found} == {"code"}
        assert [(each.missed, each.overlap) for each in found] == [
            ("run", False),
            ("skip", True),
            ("run", True),
        ]
        await bench.tick_at(NOON + 10 * MINUTE)
        bench.clock.advance(1000)
        await bench.ticker.declare(bench.store, bench.desk)
        [report, *_] = await bench.schedules.list("catalog")
        assert (report.done, report.last) == (1, NOON + 10 * MINUTE)
        assert report.next == NOON + 20 * MINUTE


async def test_a_deployment_changes_and_removes_what_the_code_declares(stores: Stores) -> None:
    async with opened(stores, Catalog) as old, opened(stores, NewCatalog) as new:
        await old.ticker.declare(old.store, old.desk)
        await old.schedules.put("mine", Catalog.report(), every=HOUR)
        await old.schedules.pause("catalog", "Catalog.refresh")
        await new.ticker.declare(new.store, new.desk)
        mine, refresh = await new.schedules.list("catalog")
        assert (mine.name, mine.source) == ("mine", "runtime")
        assert (refresh.cron, refresh.paused, refresh.next) == ("0 4 * * *", True, None)
        # An old worker that was there before ticks on, and changes nothing by that.
        await old.tick_at(NOON + DAY)
        assert len(await new.schedules.list("catalog")) == 2
        assert [info.name for info in await new.waiting()] == ["Catalog.report"]


async def test_a_schedule_of_another_module_stays(stores: Stores) -> None:
    async with opened(stores, Catalog) as bench:
        foreign = Schedule("code", "other.jobs", Recurrence(Cron("0 * * * *")), {"function": "X"})
        text = foreign.write()
        assert await bench.store.tick("catalog", "Other.job", "", bench.clock.ms, text)
        assert await bench.store.tick("catalog", "Other.new", "", None, '{"source":"code"}')
        await bench.ticker.declare(bench.store, bench.desk)
        kept = await bench.store.schedules("catalog", ["Other.job", "Other.new"])
        assert [*kept] == ["Other.job", "Other.new"]


async def test_a_program_cannot_take_a_declared_name(stores: Stores) -> None:
    async with opened(stores, Catalog) as bench:
        await bench.ticker.declare(bench.store, bench.desk)
        with pytest.raises(InvalidOption, match=r"'Catalog\.refresh': the code declares it"):
            await bench.schedules.put("Catalog.refresh", Catalog.report(), every=HOUR)


async def test_declared_schedules_are_stored_again_only_if_all_are_lost(stores: Stores) -> None:
    async with opened(stores, Catalog) as bench:
        await bench.ticker.declare(bench.store, bench.desk)
        assert await bench.schedules.remove("catalog", "Catalog.report")
        await bench.ticker.restore(bench.store, bench.desk)
        assert len(await bench.schedules.list("catalog")) == 2
        await bench.store.move("catalog", "obliterate", 1)
        await bench.ticker.restore(bench.store, bench.desk)
        assert len(await bench.schedules.list("catalog")) == 3


# With workers


@processor("beats")
@dataclass
class Beats:
    journal: Journal

    @job
    async def note(self, context: Inject[JobContext] = injected) -> None:
        await self.journal.write(context.id)


@pytest.mark.req("X-10", "FD-20")
async def test_five_workers_run_one_job_per_tick(on_redis: Any) -> None:
    apps = [on_redis()(every_second) for _ in range(5)]
    async with apps[0] as a, apps[1] as b, apps[2] as c, apps[3] as d, apps[4] as e:
        journals = [app.get(Journal) for app in (a, b, c, d, e)]
        async with asyncio.timeout(20):
            while sum(len(journal.entries) for journal in journals) < 4:
                await asyncio.sleep(0.05)
    entries = [entry for journal in journals for entry in journal.entries]
    assert len(set(entries)) == len(entries)


@pytest.fixture(params=["redis", "memory"])
def start(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"on_{request.param}")(lease=1)


@pytest.mark.req("SD-22")
async def test_waiting_workers_hear_of_changes_at_once(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "IDLE", 600.0)  # nobody looks by himself
    async with start(module_of("beats", Beats)) as app:
        schedules = app.get(Schedules)
        await schedules.put("x", Beats.note(), every=DAY)
        await schedules.run_now("beats", "x")
        async with asyncio.timeout(10):
            while not (await app.get(QueueAdmin).stats("beats")).completed:
                await asyncio.sleep(0.01)  # from here on it waits for tomorrow
        await schedules.put("x", Beats.note(), every=SECOND)
        await app.get(Journal).until(3)


async def test_a_worker_stores_its_schedules_again_when_the_server_has_lost_them(
    start: Any,
) -> None:
    async with start(every_second) as app:
        journal = app.get(Journal)
        await journal.until(1)
        await app.app.get(Stores, core_module()).fast.move("clock", "obliterate", 1)
        await journal.until(len(journal.entries) + 2)


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
async def test_a_skewed_worker_neither_spins_nor_doubles(
    on_redis: Any, skew: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    tick = Ticker.tick

    async def counted(self: Ticker, store: Store, queue: str) -> float:
        calls.append(queue)
        return await tick(self, store, queue)

    monkeypatch.setattr(Ticker, "tick", counted)
    server = datetime.now(UTC)
    with time_machine.travel(server + skew):
        async with on_redis()(every_second) as app:
            journal = app.get(Journal)
            await journal.until(3)
    first, *others = [entry.rpartition(":")[2] for entry in journal.entries]
    assert abs(datetime.strptime(first, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - server) < MINUTE
    assert len({first, *others}) == len(journal.entries)
    assert len(calls) <= 3 * len(journal.entries) + 3


async def test_a_schedule_outlives_all_processes(on_redis: Any) -> None:
    module = module_of("beats", Beats)
    async with on_redis()(module, services=False) as producer:
        await producer.get(Schedules).put("x", Beats.note(), every=SECOND, runs=1)
    async with on_redis()(module) as app:
        await app.get(Journal).until(1)


@pytest.mark.req("FD-21", "X-10")
async def test_a_drain_runs_what_the_clock_has_reached(on_memory: Any) -> None:
    module = module_of("beats", Beats)
    with time_machine.travel(NOON, tick=False) as travel:
        async with on_memory()(module, services=False) as app:
            await app.get(Schedules).put("x", Beats.note(), cron="0 3 * * *", tz="Europe/Berlin")
            assert await app.drain() == 0
            travel.move_to(NOON + 3 * DAY)
            assert await app.drain() == 1
            assert await app.drain() == 0
            assert app.get(Journal).entries == ["cron:x:20260329T010000Z"]

"""Starts that are cancelled, stops that fail, and lives that overlap."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from hutch import App, Module, bind
from hutch.contributions import Service
from hutch.errors import StartError
from hutch.testing import testing

Log = list[str]


class Pool: ...


class Database:
    def __init__(self, pool: Pool) -> None: ...


class Steps:
    """Resources and services that note what they do; one may wait for ever while it starts."""

    def __init__(self, stuck: str = "", failing: tuple[str, ...] = ()) -> None:
        self.log: Log = []
        self.reached = asyncio.Event()
        self.stuck = stuck
        self.failing = failing

    async def begin(self, name: str) -> None:
        self.log.append(f"+{name}")
        if name == self.stuck:
            self.reached.set()
            await asyncio.Event().wait()

    def end(self, name: str) -> None:
        self.log.append(f"-{name}")
        if name in self.failing:
            raise RuntimeError(f"{name} is stuck")

    def service(self, name: str) -> Service:
        async def run(database: Database) -> AsyncIterator[None]:
            try:
                await self.begin(name)
                yield
            finally:
                self.end(name)

        return Service(name, run)

    def module(self) -> Module:
        async def pool() -> AsyncIterator[Pool]:
            await self.begin("pool")
            yield Pool()
            self.end("pool")

        async def database(pool: Pool) -> AsyncIterator[Database]:
            await self.begin("database")
            yield Database(pool)
            self.end("database")

        return Module(
            "m",
            providers=[bind(Pool).open(pool), bind(Database).open(database)],
            exports=[Database],
            contributions=[self.service("one"), self.service("two")],
        )


@pytest.mark.parametrize(
    ("stuck", "expected"),
    [
        ("database", ["+pool", "+database", "-pool"]),
        ("two", ["+pool", "+database", "+one", "+two", "-two", "-one", "-database", "-pool"]),
    ],
)
async def test_a_cancelled_start_is_rolled_back(stuck: str, expected: Log) -> None:
    steps = Steps(stuck)
    app = App(steps.module())
    task = asyncio.ensure_future(app.started().__aenter__())
    await steps.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps.log == expected
    steps.stuck = ""
    async with app.started():
        pass


async def test_all_that_fails_while_closing_is_told_and_nothing_stays_open() -> None:
    steps = Steps(failing=("two", "one", "database"))
    with capture_logs() as lines, pytest.raises(RuntimeError, match="database is stuck"):
        async with App(steps.module()).started():
            pass
    assert steps.log[-4:] == ["-two", "-one", "-database", "-pool"]
    told = [(line["what"], str(line["event"])) for line in lines]
    event = "failed to close"
    assert told == [("two (m)", event), ("one (m)", event), ("Database (m)", event)]


async def test_a_cancelled_stop_still_closes_everything() -> None:
    reached = asyncio.Event()
    steps = Steps()

    async def slow(database: Database) -> AsyncIterator[None]:
        yield
        reached.set()
        await asyncio.Event().wait()

    root = Module(
        "root",
        imports=[part := steps.module()],
        exports=[part],
        contributions=[Service("slow", slow)],
    )

    async def live() -> None:
        async with App(root).started():
            pass

    task = asyncio.ensure_future(live())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps.log[-4:] == ["-two", "-one", "-database", "-pool"]


async def test_an_app_runs_once_at_a_time() -> None:
    steps = Steps()
    app = App(steps.module())
    async with app.started() as running:
        with pytest.raises(StartError) as caught:
            async with app.started():
                pass
        assert app.running is running
    assert str(caught.value) == (
        "m runs already: stop it first, or make another App of its module."
    )
    assert steps.log.count("+pool") == 1


async def test_an_app_that_is_about_to_start_cannot_be_started_again() -> None:
    steps = Steps("database")
    app = App(steps.module())
    task = asyncio.ensure_future(app.started().__aenter__())
    await steps.reached.wait()
    with pytest.raises(StartError, match="m runs already"):
        async with app.started():
            pass
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_two_apps_of_one_module_live_side_by_side() -> None:
    module = Steps().module()
    async with testing(module) as one, testing(module, bind(Pool).value(pool := Pool())) as two:
        assert one.get(Pool) is not two.get(Pool) is pool
        assert one.get(Database) is not two.get(Database)

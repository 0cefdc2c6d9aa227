"""The old complaints about frameworks with dependency injection, each a test.

Those about jobs and type checkers stand in ``tests/hutch_queue`` and ``tests/typing``.
"""

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, nullcontext
from typing import Any

import pytest

from hutch import App, Module, bind
from hutch.contributions import Service
from hutch.errors import UnusedOverride
from hutch.graph.scan import scan


class Engine:
    """A resource in these stories."""


class Service1:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine


class Service2:
    def __init__(self, one: Service1) -> None:
        self.one = one


class Session:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine


async def open_engine() -> AsyncIterator[Engine]:
    yield Engine()


def engine_module() -> Module:
    return Module("engine", providers=[bind(Engine).open(open_engine)], exports=[Engine])


async def test_nothing_awaitable_leaks() -> None:
    """One async resource once made every provider above it return a Future for good."""
    root = Module(
        "root", imports=[engine_module()], providers=[Service1, Service2], exports=[Service2]
    )
    app = App(root)
    async with app.started() as running:
        assert type(running.get(Service2)) is Service2
        assert type(running.get(Service2).one.engine) is Engine
        for container in app.containers.values():
            for provider in container.providers.values():
                assert not inspect.isawaitable(provider())


async def test_scope_never_bubbles() -> None:
    """A request-scoped provider once made everything that touches it request-scoped."""
    root = Module(
        "root",
        imports=[engine_module()],
        providers=[Service1, bind(Session).to(Session).per_request()],
        exports=[Service1],
    )
    async with App(root).started() as running:
        one = running.get(Service1)
        async with running.scope(Session, Service1) as (session, service):
            assert service is one
        async with running.scope(Session) as (other,):
            assert other is not session
            assert other.engine is session.engine is one.engine


@pytest.mark.parametrize("error", [None, ValueError, asyncio.CancelledError])
async def test_request_clean_up_runs_on_error_and_cancellation(
    error: type[BaseException] | None,
) -> None:
    seen: list[str] = []

    async def session() -> AsyncIterator[Session]:
        try:
            yield Session(Engine())
            seen.append("commit")
        except BaseException as caught:
            seen.append(type(caught).__name__)
            raise
        finally:
            seen.append("close")

    root = Module("root", providers=[bind(Session).open(session).per_request()])
    async with App(root).started() as running:
        with pytest.raises(error) if error else nullcontext():
            async with running.scope(Session):
                if error is not None:
                    raise error
    assert seen == ["commit" if error is None else error.__name__, "close"]


async def test_an_override_always_reaches() -> None:
    """An override after an object was built did once not reach those who held the old one."""
    fake = Engine()
    root = Module(
        "root", imports=[engine_module()], providers=[Service1, Service2], exports=[Service2]
    )
    async with App(root, bind(Engine).value(fake)).started() as running:
        assert running.get(Service2).one.engine is fake


def test_an_override_that_reaches_nobody_raises() -> None:
    root = Module("root", imports=[engine_module()])
    with pytest.raises(UnusedOverride, match="override of Engine: nothing in root uses Engine"):
        App(root, bind(Engine).value(Engine()))


async def test_an_override_may_supply_what_is_missing() -> None:
    """A module can be tested without the module that will provide its port."""
    fake = Engine()
    part = Module("part", providers=[Service1], exports=[Service1])
    async with App(part, bind(Engine).value(fake)).started() as running:
        assert running.get(Service1).engine is fake


async def test_the_same_module_twice_is_one() -> None:
    engine = engine_module()
    left = Module("left", imports=[engine], providers=[Service1], exports=[Service1, engine])
    right = Module("right", imports=[engine], providers=[Service2, Service1], exports=[engine])
    root = Module("root", imports=[engine, left, right, engine], exports=[left, engine])
    async with App(root).started() as running:
        assert running.get(Service1).engine is running.get(Engine)
    assert len(scan(root)) == 4


def test_graph_visits_are_linear_in_modules() -> None:
    """A ladder of diamonds has 2^n paths; one library here did not finish in 25 s."""

    def ladder(rungs: int) -> Module:
        below = Module("ground")
        for rung in range(rungs):
            sides = [Module(f"{rung}{side}", imports=[below]) for side in "ab"]
            below = Module(f"{rung}", imports=sides)
        return below

    def visits(module: Module) -> int:
        calls = 0

        def count(frame: Any, event: str, argument: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            App(module)
        finally:
            sys.setprofile(None)
        return calls

    small, large = visits(ladder(50)), visits(ladder(100))
    assert large < 2.2 * small


async def test_a_deep_chain_does_not_exhaust_the_stack() -> None:
    classes: list[type[Any]] = [Engine]
    for number in range(2000):

        def init(self: Any, below: Any) -> None: ...

        init.__annotations__ = {"below": classes[-1]}
        classes.append(type(f"Link{number}", (), {"__init__": init}))
    async with App(Module("m", providers=classes, exports=[classes[-1]])).started() as running:
        assert running.get(classes[-1]) is not None


async def test_services_may_use_resources_while_shutting_down() -> None:
    """A worker once could not enqueue any more while it was draining."""
    seen: list[bool] = []

    class Connection:
        open = False

    async def connect() -> AsyncIterator[Connection]:
        connection = Connection()
        connection.open = True
        yield connection
        connection.open = False

    async def run(connection: Connection) -> AsyncIterator[None]:
        yield
        seen.append(connection.open)

    root = Module(
        "root", providers=[bind(Connection).open(connect)], contributions=[Service("worker", run)]
    )
    async with App(root).started():
        pass
    assert seen == [True]


async def test_two_lifespans_compose() -> None:
    log: list[str] = []

    def module(name: str) -> Module:
        async def engine() -> AsyncIterator[Engine]:
            log.append(f"open {name}")
            yield Engine()
            log.append(f"close {name}")

        return Module(name, providers=[bind(Engine).open(engine)], exports=[Engine])

    one, two = App(module("one")), App(module("two"))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(one.lifespan())
        await stack.enter_async_context(two.lifespan())
        assert one.running.get(Engine) is not two.running.get(Engine)
    assert log == ["open one", "open two", "close two", "close one"]

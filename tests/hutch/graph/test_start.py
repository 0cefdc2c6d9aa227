"""Starting and stopping: exact order, rollback, and nothing opened that is not used."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Annotated, Protocol

import pytest

from hutch import App, Module, Name, Role, bind
from hutch.contributions import Health, Service
from hutch.errors import NotStarted, StartError
from hutch.health import HealthChecks

Log = list[str]


class Pool: ...


class Database:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool


class Repository:
    def __init__(self, database: Database) -> None:
        self.database = database


def resources(log: Log, *, fail: bool = False) -> Module:
    async def pool() -> AsyncIterator[Pool]:
        log.append("open pool")
        yield Pool()
        log.append("close pool")

    async def database(pool: Pool) -> AsyncIterator[Database]:
        log.append("open database")
        if fail:
            raise ConnectionRefusedError("no route")
        yield Database(pool)
        log.append("close database")

    return Module(
        "core",
        providers=[Repository, bind(Database).open(database), bind(Pool).open(pool)],
        exports=[Repository],
    )


async def test_start_and_stop_order_are_exact() -> None:
    log: Log = []
    async with App(resources(log)).started() as running:
        log.append("running")
        assert running.get(Repository).database.pool is running.get(Pool)
    assert log == ["open pool", "open database", "running", "close database", "close pool"]


async def test_a_failed_start_is_rolled_back_and_named() -> None:
    log: Log = []
    with pytest.raises(StartError) as caught:
        async with App(resources(log, fail=True)).started():
            log.append("running")
    assert log == ["open pool", "open database", "close pool"]
    assert str(caught.value) == (
        "Database failed to open (core, 2 of 3): ConnectionRefusedError: no route. "
        "Closed again: Pool."
    )


async def test_those_closed_again_are_named_last_first() -> None:
    class Third:
        def __init__(self, database: Database) -> None:
            raise ValueError("no")

    root = Module(
        "root",
        imports=[replace(resources([]), exports=[Database])],
        providers=[Third],
        exports=[Third],
    )
    with pytest.raises(StartError, match="Closed again: Database, Pool"):
        async with App(root).started():
            pass


async def test_a_constructor_that_fails_is_named() -> None:
    class Broken:
        def __init__(self) -> None:
            raise ValueError("no")

    with pytest.raises(StartError, match=r"Broken failed to be made \(m, 1 of 1\): ValueError: no"):
        async with App(Module("m", providers=[Broken], exports=[Broken])).started():
            pass


async def test_resources_close_in_reverse_when_the_app_fails() -> None:
    log: Log = []
    with pytest.raises(RuntimeError):
        async with App(resources(log)).started():
            raise RuntimeError
    assert log[-2:] == ["close database", "close pool"]


async def test_a_failure_while_closing_does_not_keep_the_others_open() -> None:
    log: Log = []

    async def bad(pool: Pool) -> AsyncIterator[Database]:
        yield Database(pool)
        raise RuntimeError("stuck")

    async def pool() -> AsyncIterator[Pool]:
        yield Pool()
        log.append("close pool")

    module = Module(
        "m", providers=[bind(Database).open(bad), bind(Pool).open(pool)], exports=[Database]
    )
    with pytest.raises(RuntimeError, match="stuck"):
        async with App(module).started():
            pass
    assert log == ["close pool"]


async def test_only_what_is_reached_is_opened() -> None:
    log: Log = []

    class Unused: ...

    root = Module("root", imports=[resources(log)], providers=[Unused], exports=[Unused])
    async with App(root).started() as running:
        assert log == []
        with pytest.raises(NotStarted, match="nothing that runs in this role uses it"):
            running.get(Repository)


@pytest.mark.parametrize("used", [True, False])
async def test_a_health_check_opens_nothing_by_itself(used: bool) -> None:
    """With another backend chosen, nobody shall connect to Redis only to see how it is."""
    log: Log = []
    core = resources(log)

    async def probe(database: Database) -> None: ...

    watched = replace(core, contributions=[Health("database", probe)])
    root = Module("root", imports=[watched], exports=[watched] if used else [])
    async with App(root).started() as running:
        report = await running.get(HealthChecks).report()
    assert [result.name for result in report.results] == (["database"] if used else [])
    assert ("open database" in log) is used


class Store(Protocol):
    def name(self) -> str: ...


class Memory:
    def name(self) -> str:
        return "memory"


class Remote:
    def __init__(self, pool: Pool) -> None: ...

    def name(self) -> str:
        return "remote"


class Choice:
    def __init__(self, backend: str = "memory") -> None:
        self.backend = backend


@pytest.mark.parametrize("backend", ["memory", "remote"])
async def test_only_the_chosen_backend_is_opened(backend: str) -> None:
    log: Log = []

    async def pool() -> AsyncIterator[Pool]:
        log.append("open pool")
        yield Pool()

    def choose(choice: Choice) -> str:
        return choice.backend

    module = Module(
        "m",
        providers=[
            bind(Choice).value(Choice(backend)),
            bind(Pool).open(pool),
            bind(Store).choose(choose, memory=Memory, remote=Remote),
        ],
        exports=[Store],
    )
    async with App(module).started() as running:
        assert running.get(Store).name() == backend
    assert log == ([] if backend == "memory" else ["open pool"])


async def test_a_choice_may_open_its_option() -> None:
    log: Log = []

    async def remote() -> AsyncIterator[Remote]:
        log.append("open")
        yield Remote(Pool())
        log.append("close")

    module = Module(
        "m", providers=[bind(Store).choose(lambda: "remote", remote=remote)], exports=[Store]
    )
    async with App(module).started() as running:
        assert running.get(Store).name() == "remote"
    assert log == ["open", "close"]


async def test_a_choice_takes_the_object_that_is_provided_already() -> None:
    def first() -> str:
        return "memory"

    module = Module(
        "m",
        providers=[Memory, bind(Store).choose(first, memory=Memory)],
        exports=[Store, Memory],
    )
    async with App(module).started() as running:
        assert running.get(Store) is running.get(Memory)


async def test_a_choice_may_stand_for_one_of_its_own_options() -> None:
    class Small(Memory): ...

    module = Module(
        "m", providers=[bind(Memory).choose(lambda: "a", a=Memory, b=Small)], exports=[Memory]
    )
    async with App(module).started() as running:
        assert type(running.get(Memory)) is Memory


async def test_opened_opens_only_the_named_tokens() -> None:
    log: Log = []
    async with App(resources(log)).opened(Pool) as running:
        assert isinstance(running.get(Pool), Pool)
    assert log == ["open pool", "close pool"]


async def test_opened_sees_tokens_as_a_module_below_the_root_does() -> None:
    log: Log = []
    core = resources(log)
    app = App(Module("root", imports=[Module("middle", imports=[core])]))
    with pytest.raises(NotStarted, match="root sees no Pool"):
        async with app.opened(Pool):
            pass
    async with app.opened(Pool, module=core) as running:
        assert isinstance(running.get(Pool, core), Pool)
    assert log == ["open pool", "close pool"]


async def test_services_stop_before_resources_close_and_in_reverse() -> None:
    log: Log = []

    def service(name: str) -> Service:
        async def run(repository: Repository) -> AsyncIterator[None]:
            log.append(f"start {name}")
            yield
            log.append(f"stop {name}")

        return Service(name, run)

    core = resources(log)
    root = Module("root", imports=[core], contributions=[service("one"), service("two")])
    async with App(root).started():
        pass
    assert log == [
        "open pool", "open database", "start one", "start two",
        "stop two", "stop one", "close database", "close pool",
    ]  # fmt: skip


async def test_a_service_that_fails_to_start_is_named_and_the_others_stop() -> None:
    log: Log = []

    async def good() -> AsyncIterator[None]:
        yield
        log.append("stopped")

    async def bad() -> AsyncIterator[None]:
        raise OSError("port")
        yield

    root = Module("root", contributions=[Service("good", good), Service("bad", bad)])
    with pytest.raises(StartError, match=r"bad failed to start \(root\): OSError: port"):
        async with App(root).started():
            pass
    assert log == ["stopped"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.WEB, ["web"]), (Role.WORKER, ["worker"]), (Role.ALL, ["web", "worker"])],
)
async def test_a_role_runs_its_half(role: Role, expected: list[str]) -> None:
    log: Log = []

    def service(part: Role) -> Service:
        async def run() -> AsyncIterator[None]:
            log.append(part.value)
            yield

        return Service(part.value, run, roles=frozenset({part}))

    root = Module("root", contributions=[service(Role.WEB), service(Role.WORKER)])
    async with App(root).started(role):
        assert log == expected


async def test_lazy_objects_are_made_when_called() -> None:
    made: Log = []

    class Late:
        def __init__(self) -> None:
            made.append("late")

    class Holder:
        def __init__(self, late: Callable[[], Late]) -> None:
            self.late = late

    module = Module("m", providers=[Holder, Late], exports=[Holder])
    async with App(module).started() as running:
        holder = running.get(Holder)
        assert holder.late() is holder.late()
    assert made == ["late"]


async def test_a_lazy_request_object_is_fresh_each_time() -> None:
    class Part: ...

    class Fresh:
        def __init__(self, part: Part, pool: Pool) -> None:
            self.part, self.pool = part, pool

    class Holder:
        def __init__(self, fresh: Callable[[], Fresh]) -> None:
            self.fresh = fresh

    per_request = [bind(Part).to(Part).per_request(), bind(Fresh).to(Fresh).per_request()]
    module = Module("m", providers=[Holder, Pool, *per_request], exports=[Holder])
    async with App(module).started() as running:
        one, two = running.get(Holder).fresh(), running.get(Holder).fresh()
    assert one is not two
    assert one.part is not two.part
    assert one.pool is two.pool


async def test_optional_and_named_and_default_parameters() -> None:
    class Greeter:
        def __init__(
            self,
            word: Annotated[str, Name("word")],
            pool: Pool | None,
            database: Database | None = None,
            mark: str = "!",
        ) -> None:
            self.all = (word, pool, database, mark)

    module = Module(
        "m", providers=[Greeter, bind(Annotated[str, Name("word")]).value("hi")], exports=[Greeter]
    )
    async with App(module).started() as running:
        assert running.get(Greeter).all == ("hi", None, None, "!")


async def test_keyword_parameters_after_a_gap() -> None:
    class Gap:
        def __init__(self, text: str = "x", *, pool: Pool, number: int = 3) -> None:
            self.all = (text, pool, number)

    async with App(Module("m", providers=[Gap, Pool], exports=[Gap])).started() as running:
        assert running.get(Gap).all == ("x", running.get(Pool), 3)


async def test_a_default_leaves_a_gap_before_what_is_injected() -> None:
    class Gap:
        def __init__(self, text: str = "x", pool: Pool | None = None) -> None:
            self.all = (text, pool)

    class Request(Gap): ...

    module = Module(
        "m", providers=[Gap, Pool, bind(Request).to(Request).per_request()], exports=[Gap]
    )
    async with App(module).started() as running:
        assert running.get(Gap).all == ("x", running.get(Pool))
        async with running.scope(Request) as (request,):
            assert request.all == ("x", running.get(Pool))


async def test_a_global_module_is_seen_without_importing() -> None:
    core = Module("core", providers=[Pool], exports=[Pool], is_global=True)
    part = Module("part", providers=[Holder], exports=[Holder])
    async with App(Module("root", imports=[core, part], exports=[part])).started() as running:
        assert running.get(Holder).pool() is running.get(Pool)


class Holder:
    def __init__(self, pool: Callable[[], Pool]) -> None:
        self.pool = pool


async def test_what_is_reached_lazily_is_opened_too() -> None:
    log: Log = []

    async def pool() -> AsyncIterator[Pool]:
        log.append("open")
        yield Pool()

    module = Module("m", providers=[Holder, bind(Pool).open(pool)], exports=[Holder])
    async with App(module).started() as running:
        assert log == ["open"]
        assert isinstance(running.get(Holder).pool(), Pool)


async def test_resources_and_request_objects_may_be_lazy_as_well() -> None:
    async def late(pool: Callable[[], Pool]) -> AsyncIterator[Database]:
        yield Database(pool())

    module = Module(
        "m",
        providers=[Pool, bind(Database).open(late), bind(Holder).to(Holder).per_request()],
        exports=[Database],
    )
    async with App(module).started() as running:
        assert running.get(Database).pool is running.get(Pool)
        async with running.scope(Holder) as (holder,):
            assert holder.pool() is running.get(Pool)


async def test_a_choice_is_asked_once() -> None:
    asked: Log = []

    def choose() -> str:
        asked.append("asked")
        return "memory"

    module = Module("m", providers=[bind(Store).choose(choose, memory=Memory)], exports=[Store])
    async with App(module).started() as running:
        assert running.get(Store) is running.get(Store)
    assert asked == ["asked"]


async def test_names_of_the_library_do_not_collide_with_ours() -> None:
    class wire: ...

    module = Module("m", providers=[wire], exports=[wire])
    app = App(module)
    async with app.started() as running:
        assert app.containers[module].wire_() is running.get(wire)


async def test_what_is_closed_cannot_be_had_any_more() -> None:
    async with App(resources([])).started() as running:
        running.get(Pool)
    with pytest.raises(NotStarted, match=r"Pool \(core\) is not open: it .* was closed already"):
        running.get(Pool)


async def test_an_alias_is_the_same_object() -> None:
    module = Module("m", providers=[Memory, bind(Store).alias(Memory)], exports=[Store, Memory])
    async with App(module).started() as running:
        assert running.get(Store) is running.get(Memory)


async def test_an_app_can_be_started_again() -> None:
    log: Log = []
    app = App(resources(log))
    for _ in range(2):
        async with app.started() as running:
            first = running.get(Repository)
        assert first is not None
    assert log == ["open pool", "open database", "close database", "close pool"] * 2


async def test_containers_are_there_for_those_who_know_the_library() -> None:
    module = Module("m", providers=[Pool], exports=[Pool])
    app = App(module)
    async with app.started() as running:
        assert app.containers[module].Pool() is running.get(Pool)
    with pytest.raises(NotStarted, match="m does not run"):
        _ = app.containers


async def test_many_threads_get_one_object() -> None:
    made: Log = []

    class Slow:
        def __init__(self) -> None:
            made.append("slow")

    class Holder:
        def __init__(self, slow: Callable[[], Slow]) -> None:
            self.slow = slow

    module = Module("m", providers=[Holder, Slow], exports=[Holder])
    async with App(module).started() as running:
        holder = running.get(Holder)
        await asyncio.gather(*(asyncio.to_thread(holder.slow) for _ in range(50)))
    assert made == ["slow"]

"""Interceptors: one concept around request handlers and jobs alike."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from hutch import App, Inject, Invocation, Module, bind, intercept
from hutch.http import controller, get
from hutch.interceptors import Proceed
from hutch.marks import Handler, mark, mark_handler
from hutch.running import Running
from hutch.testing import testing


@dataclass
class Log:
    lines: list[str] = field(default_factory=list[str])


@dataclass
class Outer:
    log: Log

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        self.log.lines.append(f"outer {call.kind} {call.name} {dict(call.arguments)}")
        try:
            return await proceed()
        finally:
            self.log.lines.append("outer end")


@dataclass
class Inner:
    log: Log

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        self.log.lines.append("inner")
        return await proceed()


class Retrying:
    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        try:
            return await proceed()
        except ConnectionError:
            return await proceed()


class Instead:
    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        return "instead"


class Session:
    number = 0

    def __init__(self, log: Log) -> None:
        Session.number += 1
        self.number = Session.number


async def session(log: Log) -> AsyncIterator[Session]:
    opened = Session(log)
    log.lines.append("open")
    yield opened
    log.lines.append("close")


@intercept(Outer)
@controller("/things")
@dataclass
class Things:
    log: Log

    @intercept(Inner)
    @get("/{number}")
    async def read(self, number: int, session: Inject[Session]) -> int:
        self.log.lines.append("handler")
        return number

    @intercept(Instead)
    @get("/other/instead")
    async def replaced(self) -> str:
        raise AssertionError


THINGS = Module(
    "things",
    providers=[Log, bind(Session).open(session).per_request()],
    controllers=[Things],
)


async def test_they_wrap_a_request_outermost_first_and_the_scope_inside() -> None:
    async with testing(THINGS) as t:
        answer = await t.client.get("/things/7")
        assert answer.json() == 7
        assert t.get(Log).lines == [
            "outer http Things.read {'number': 7}",
            "inner", "open", "handler", "close",
            "outer end",
        ]  # fmt: skip


async def test_one_may_answer_instead() -> None:
    async with testing(THINGS) as t:
        assert (await t.client.get("/things/other/instead")).json() == "instead"


@dataclass(frozen=True)
class Mark: ...


@dataclass
class Seed: ...


class Work:
    calls = 0

    async def fail_once(self, *, session: Inject[Session]) -> int:
        Work.calls += 1
        if Work.calls == 1:
            raise ConnectionError
        return session.number


mark_handler(Work.fail_once, Handler(Work.fail_once, Seed))
mark(Work, Mark())


def work_module(*interceptors: type[Any]) -> Module:
    return Module(
        "work",
        providers=[Log, Work, bind(Session).open(session).per_request()],
        interceptors=interceptors,
    )


def invoke(running: Running) -> Any:
    module = running.graph.root
    instance = running.get(Work)
    return running.invoker(module, instance, "fail_once", "job")


async def test_proceeding_again_opens_a_new_scope() -> None:
    Work.calls = 0
    async with App(work_module(Outer, Retrying)).started() as running:
        await invoke(running)(Seed(), {})
        assert running.get(Log).lines == [
            "outer job Work.fail_once {}", "open", "open", "close", "outer end",
        ]  # fmt: skip
    assert Work.calls == 2


async def test_the_injected_objects_are_not_among_the_arguments() -> None:
    seen: list[dict[str, Any]] = []

    class Looking:
        async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
            await proceed()
            seen.append(dict(call.arguments))

    Work.calls = 1
    async with App(work_module(Looking)).started() as running:
        await invoke(running)(Seed(), {})
    assert seen == [{}]


async def test_without_one_the_error_passes() -> None:
    Work.calls = 0
    async with App(work_module()).started() as running:
        with pytest.raises(ConnectionError):
            await invoke(running)(Seed(), {})


async def test_a_module_may_provide_its_interceptor_itself() -> None:
    Work.calls = 1
    mine = Outer(Log())
    module = Module(
        "work",
        providers=[
            Work, Log, bind(Outer).value(mine), bind(Session).open(session).per_request(),
        ],
        interceptors=[Outer],
    )  # fmt: skip
    async with App(module).started() as running:
        await invoke(running)(Seed(), {})
    assert mine.log.lines == ["outer job Work.fail_once {}", "outer end"]


class Replaying:
    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        await call.admit()
        return "instead"


async def test_who_answers_instead_may_have_the_injected_objects_made() -> None:
    @controller("/again")
    class Again:
        @get("/")
        @intercept(Replaying)
        async def read(self, session: Inject[Session]) -> str:
            raise AssertionError("it is not called")

    module = Module(
        "again",
        providers=[Log, bind(Session).to(Session).per_request()],
        controllers=[Again],
        exports=[Log],
    )
    async with testing(module) as t:
        before = Session.number
        assert (await t.client.get("/again/")).json() == "instead"
        assert Session.number == before + 1

"""Discovery: marked providers, declared values and contributed functions of all modules."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest

from hutch import App, Discovery, Inject, Module, bind
from hutch.contributions import Declare, Metrics, Reading, Service
from hutch.errors import NotStarted
from hutch.marks import Handler, is_marked, mark, mark_handler, mark_of


@dataclass(frozen=True)
class Listener:
    """A mark such as a module of one's own would define."""

    topic: str


@dataclass
class Message:
    """What seeds the scope of a listener's call."""

    text: str


class Printer: ...


class Line:
    def __init__(self, message: Message, printer: Printer) -> None:
        self.message, self.printer = message, printer


class Shouting:
    async def hear(self, times: int, *, line: Inject[Line]) -> str:
        return line.message.text.upper() * times


mark_handler(Shouting.hear, Handler(Shouting.hear, Message))
mark(Shouting, Listener("news"))


async def listening(discovery: Discovery) -> AsyncIterator[None]:
    discovery.marked(Listener)
    yield


async def read(printer: Printer) -> Iterable[Reading]:
    return [Reading("lines", 3, (("printer", type(printer).__name__),))]


LINES = Module(
    "lines",
    providers=[
        Printer,
        Shouting,
        bind(Message).seed(),
        bind(Line).to(Line).per_request(),
    ],
    contributions=[
        Service("listening", listening, discovers=(Listener,)),
        Metrics(read, {"lines": "Lines printed."}),
        Declare(Listener("declared")),
        Declare("another type"),
    ],
)


async def test_marked_providers_are_found_and_called_in_a_scope() -> None:
    async with App(LINES).started() as running:
        [found] = running.get(Discovery).marked(Listener)
        assert (found.module, found.cls, found.mark) == ("lines", Shouting, Listener("news"))
        assert isinstance(found.instance, Shouting)
        assert await found.invokers["hear"](Message("hi "), {"times": 2}) == "HI HI "
        assert found.invokers["hear"].name == "Shouting.hear"


async def test_declared_values_are_found_by_type() -> None:
    async with App(LINES).started() as running:
        discovery = running.get(Discovery)
        assert discovery.declared(Listener) == [Listener("declared")]
        assert discovery.declared(str) == ["another type"]


async def test_gauges_are_read_with_their_help() -> None:
    async with App(LINES).started() as running:
        readings = await running.get(Discovery).metrics()
    assert readings == [(Reading("lines", 3, (("printer", "Printer"),)), "Lines printed.")]


def test_before_the_start_there_is_nothing_to_find() -> None:
    with pytest.raises(NotStarted, match="the app has not started"):
        Discovery().declared(str)


def test_marks_are_not_inherited() -> None:
    class Quiet(Shouting): ...

    assert mark_of(Shouting, Listener) == Listener("news")
    assert mark_of(Quiet, Listener) is None
    assert not is_marked(Quiet)


async def test_what_only_a_service_discovers_is_open_in_its_role_only() -> None:
    opened: list[str] = []

    async def printer() -> AsyncIterator[Printer]:
        opened.append("printer")
        yield Printer()

    class Needing:
        def __init__(self, printer: Printer) -> None: ...

    mark(Needing, Listener("x"))
    root = Module(
        "root",
        providers=[Needing, bind(Printer).open(printer)],
        contributions=[Service("s", listening, discovers=(Listener,))],
    )
    async with App(root).opened(Discovery):
        assert opened == []
    async with App(root).started():
        assert opened == ["printer"]

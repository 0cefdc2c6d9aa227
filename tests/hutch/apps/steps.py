"""A small app that prints each step of its life, for tests in a process of its own."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from hutch import App, Module, bind
from hutch.contributions import Service
from hutch.http import Event, EventStream, controller, get, post
from hutch.roles import Role


def say(step: str) -> None:
    print(step, flush=True)


@dataclass
class Jobs:
    """A queue that can be written while it is open."""

    waiting: list[str] = field(default_factory=list[str])
    is_open: bool = True

    def enqueue(self, name: str) -> None:
        if not self.is_open:
            raise RuntimeError("the queue is closed")
        self.waiting.append(name)


async def jobs() -> AsyncIterator[Jobs]:
    queue = Jobs()
    say("queue opened")
    yield queue
    queue.is_open = False
    say("queue closed")


async def worker(jobs: Jobs) -> AsyncIterator[None]:
    say("worker started")
    yield
    say(f"worker drained {jobs.waiting}")


queue = Module(
    "queue",
    providers=[bind(Jobs).open(jobs)],
    exports=[Jobs],
    contributions=[Service("worker", worker, frozenset({Role.WORKER}))],
)


class Gate:
    """Holds the shutdown until a request opens it."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()


async def relay(jobs: Jobs, gate: Gate) -> AsyncIterator[None]:
    say("relay started")
    yield
    say("relay stops")
    await gate.opened.wait()
    jobs.enqueue("last")


@controller("/")
@dataclass
class Desk:
    gate: Gate

    @get("/")
    async def hello(self) -> str:
        return "hello"

    @post("/gate")
    async def open_gate(self) -> None:
        self.gate.opened.set()

    @get("/events")
    async def events(self) -> EventStream:
        return EventStream(endless())


async def endless() -> AsyncIterator[Event]:
    yield Event("first")
    await asyncio.Event().wait()


app = App(Module("steps", imports=[queue], providers=[Gate], controllers=[Desk]))
gated = App(
    Module(
        "gated",
        imports=[queue],
        providers=[Gate],
        controllers=[Desk],
        contributions=[Service("relay", relay)],
    )
)


class Slow: ...


async def slow() -> AsyncIterator[Slow]:
    say("slow opens")
    await asyncio.Event().wait()
    yield Slow()


late = App(Module("late", imports=[queue], providers=[bind(Slow).open(slow)], exports=[Jobs, Slow]))


async def busy() -> AsyncIterator[None]:
    say("busy")
    yield
    say("busy forever")
    time.sleep(3600)


stuck = App(Module("stuck", contributions=[Service("busy", busy)]))


async def broken() -> AsyncIterator[Slow]:
    raise OSError("no such disk")
    yield Slow()


failing = App(
    Module("failing", imports=[queue], providers=[bind(Slow).open(broken)], exports=[Jobs, Slow])
)

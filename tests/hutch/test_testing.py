"""The test kit: an app with a few bindings replaced, started for one test."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from hutch import Module, bind
from hutch.contributions import Service
from hutch.errors import NotStarted, UnusedOverride
from hutch.http import controller, get
from hutch.settings import CoreSettings, Profile
from hutch.testing import Backlog, testing


class Mailer(Protocol):
    def greet(self) -> str: ...


class RealMailer:
    def greet(self) -> str:
        return "real"


@dataclass
class FakeMailer:
    word: str = "fake"

    def greet(self) -> str:
        return self.word


@controller("/")
@dataclass
class Greetings:
    mailer: Mailer

    @get("/")
    async def greet(self) -> str:
        return self.mailer.greet()


SHOP = Module("shop", providers=[bind(Mailer).to(RealMailer)], controllers=[Greetings])


async def test_the_client_speaks_to_the_app() -> None:
    async with testing(SHOP) as t:
        assert (await t.client.get("/")).json() == "real"


async def test_overrides_reach_what_serves() -> None:
    async with testing(SHOP, bind(Mailer).value(FakeMailer())) as t:
        assert (await t.client.get("/")).json() == "fake"
        assert t.get(Mailer).greet() == "fake"


async def test_an_override_that_nobody_uses_is_refused() -> None:
    with pytest.raises(UnusedOverride):
        async with testing(SHOP, bind(FakeMailer).value(FakeMailer())):
            pass


async def test_the_profile_is_test() -> None:
    async with testing(SHOP) as t:
        assert t.get(CoreSettings).profile is Profile.TEST


@pytest.mark.parametrize("services", [False, True])
async def test_services_run_when_asked(services: bool) -> None:
    ran: list[str] = []

    async def run() -> AsyncIterator[None]:
        ran.append("ran")
        yield

    async with testing(Module("m", contributions=[Service("s", run)]), services=services):
        assert ran == (["ran"] if services else [])


@dataclass
class Waiting:
    enqueued: Sequence[Any] = field(default=("one",))

    async def drain(self) -> int:
        self.enqueued = ()
        return 1


async def test_the_backlog_is_found_in_whichever_module_it_is() -> None:
    queue = Module("queue", providers=[bind(Backlog).to(Waiting)], exports=[Backlog])
    part = Module("part", imports=[queue])
    async with testing(Module("shop", imports=[part])) as t:
        assert t.enqueued == ("one",)
        assert await t.drain() == 1
        assert t.enqueued == ()


async def test_without_a_queue_there_is_no_backlog() -> None:
    async with testing(SHOP) as t:
        with pytest.raises(NotStarted, match="shop has no queue: import queue_module"):
            await t.drain()

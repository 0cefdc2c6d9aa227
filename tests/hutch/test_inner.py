"""An app inside another one: served below a path, in its role, counted in its readiness."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from starlette.requests import Request

from hutch import App, Module, Role, Settings, app_module, bind
from hutch.contributions import Health, Service
from hutch.errors import NotStarted, SettingsError
from hutch.http import controller, get
from hutch.testing import testing


class InnerSettings(Settings, section="testinner"):
    """Settings of the inner app of this test."""

    name: str = "shop"


@controller("/")
@dataclass
class Hello:
    settings: InnerSettings

    @get("/hello")
    async def hello(self, request: Request) -> str:
        return f"{self.settings.name} at {request.scope['root_path']}"


def shop(name: str, log: list[str], *, ready: bool = True) -> App:
    async def work() -> AsyncIterator[None]:
        log.append(f"{name} works")
        yield
        log.append(f"{name} rests")

    async def probe() -> None:
        if not ready:
            raise RuntimeError("no stock")

    module = Module(
        name,
        providers=[InnerSettings],
        controllers=[Hello],
        contributions=[
            Service("work", work, roles=frozenset({Role.WORKER})),
            Health("stock", probe),
        ],
    )
    return App(module, bind(InnerSettings).value(InnerSettings(name=name)))


def street(*apps: App) -> Module:
    return Module("street", imports=[app_module(f"/{app.name}", app) for app in apps])


async def test_apps_are_served_side_by_side_each_with_what_is_its_own() -> None:
    log: list[str] = []
    async with testing(street(shop("books", log), shop("wine", log))) as t:
        assert (await t.client.get("/books/hello")).json() == "books at /books"
        wine = await t.client.get("/wine/hello", headers={"x-request-id": "r-1"})
        assert wine.json() == "wine at /wine"
        assert wine.headers.get_list("x-request-id") == ["r-1"]
        assert (await t.client.get("/books/health/ready")).status_code == 200
        assert (await t.client.get("/books/none")).status_code == 404


async def test_they_live_in_the_role_of_the_outer_app() -> None:
    log: list[str] = []
    books = shop("books", log)
    async with App(street(books)).started(Role.WORKER):
        assert log == ["books works"]
        assert books.running.role is Role.WORKER
    assert log == ["books works", "books rests"]
    async with App(street(books)).started(Role.WEB):
        pass
    assert log == ["books works", "books rests"]
    with pytest.raises(NotStarted):
        _ = books.running


async def test_one_that_is_not_ready_makes_the_outer_app_not_ready() -> None:
    async with testing(street(shop("books", []), shop("wine", [], ready=False))) as t:
        assert (await t.client.get("/health/ready")).status_code == 503
        assert (await t.client.get("/books/health/ready")).status_code == 200


async def test_the_environment_is_checked_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_TESTINNER__NAME", "any")
    async with App(street(shop("books", []))).started():
        pass
    monkeypatch.setenv("HUTCH_TESTINNER__NAMES", "any")
    with pytest.raises(SettingsError, match="did you mean HUTCH_TESTINNER__NAME"):
        async with App(street(shop("books", []))).started():
            pass


async def test_an_error_inside_is_answered_once() -> None:
    @controller("/")
    class Broken:
        @get("/broken")
        async def broken(self) -> str:
            raise httpx2.ConnectError("gone")

    inner = App(Module("inner", controllers=[Broken]))
    async with testing(Module("outer", imports=[app_module("/inner", inner)])) as t:
        answer = await t.client.get("/inner/broken")
    assert answer.status_code == 500
    assert len(answer.headers.get_list("x-request-id")) == 1

"""An app: its settings, what it mounts, and life inside another app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from asgi_lifespan import LifespanManager
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount as Route

from hutch import App, Module, Role, Settings, bind
from hutch.contributions import Mount
from hutch.errors import NotStarted, SettingsError
from hutch.http import controller, get
from hutch.settings import HttpSettings
from hutch.testing import testing


class ShopSettings(Settings, section="testshop"):
    """Settings of this test's shop."""

    limit: int = 3


@controller("/")
class Hello:
    @get("/hello")
    async def hello(self) -> str:
        return "hello"


SHOP = Module("shop", providers=[ShopSettings], controllers=[Hello], exports=[ShopSettings])


async def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_TESTSHOP__LIMIT", "7")
    async with App(SHOP).started() as running:
        assert running.get(ShopSettings).limit == 7


async def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_TESTSHOP__LIMIT", "many")
    with pytest.raises(SettingsError, match="HUTCH_TESTSHOP__LIMIT"):
        async with App(SHOP).started():
            pass


async def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_TESTSHOP__LIMITS", "7")
    with pytest.raises(SettingsError, match="did you mean HUTCH_TESTSHOP__LIMIT"):
        async with App(SHOP).started():
            pass


async def test_the_role_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_ROLE", "worker")
    async with App(SHOP).started() as running:
        assert running.role is Role.WORKER


async def test_the_frameworks_own_settings_can_be_replaced() -> None:
    quiet = HttpSettings.model_validate({"docs": False})
    async with testing(SHOP, bind(HttpSettings).value(quiet)) as t:
        assert (await t.client.get("/docs")).status_code == 404
    async with testing(SHOP) as t:
        assert (await t.client.get("/docs")).status_code == 200


async def test_mounted_apps_live_as_long_as_the_app() -> None:
    log: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        log.append("begin")
        yield
        log.append("end")

    def make() -> Starlette:
        return Starlette(lifespan=lifespan)

    async with App(Module("m", contributions=[Mount("/sub", make)])).started():
        assert log == ["begin"]
    assert log == ["begin", "end"]


async def test_the_asgi_lifespan_starts_and_stops_the_app() -> None:
    app = App(SHOP)
    async with LifespanManager(app), client(app) as http:
        assert (await http.get("/hello")).json() == "hello"
    with pytest.raises(NotStarted, match="shop does not run"):
        _ = app.running


async def test_an_app_lives_inside_another_one() -> None:
    shop = App(SHOP)

    async def home(_: Request) -> PlainTextResponse:
        return PlainTextResponse("home")

    host = Starlette(routes=[Route("/shop", shop)], lifespan=shop.lifespan)
    host.add_route("/", home)
    async with LifespanManager(host), client(host) as http:
        assert (await http.get("/shop/hello")).json() == "hello"
        assert (await http.get("/")).text == "home"


async def test_readiness_is_red_while_the_app_stops() -> None:
    async with testing(SHOP) as t:
        assert (await t.client.get("/health/ready")).status_code == 200
        t.app.stopping.set()
        assert (await t.client.get("/health/ready")).status_code == 503
        assert (await t.client.get("/health/live")).status_code == 200


def client(app: object) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app)  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver")

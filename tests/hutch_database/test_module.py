from dataclasses import dataclass

import pytest
from sqlalchemy import text
from tests.hutch_database.packages import Package, table

from hutch import Inject, Module, bind
from hutch.app import App
from hutch.health import HealthChecks
from hutch.http import controller, get, post
from hutch.testing import testing as started
from hutch_database import (
    Database,
    DatabaseUnusable,
    InvalidMigrations,
    Session,
    connect,
    database_module,
    upgrade,
)


@dataclass
class Audit:
    """Shares the request's session with its handler."""

    session: Session

    async def note(self, number: int) -> None:
        await self.session.execute(text("INSERT INTO orders VALUES (:id)"), {"id": number + 100})


@controller("/orders")
class Orders:
    @post("/{number}")
    async def create(self, number: int, session: Inject[Session], audit: Inject[Audit]) -> int:
        assert audit.session is session
        await session.execute(text("INSERT INTO orders VALUES (:id)"), {"id": number})
        await audit.note(number)
        if number == 13:
            raise RuntimeError("bad luck")
        return number

    @get("/")
    async def every(self, session: Inject[Session]) -> list[int]:
        return list(await session.scalars(text("SELECT id FROM orders ORDER BY id")))


@pytest.fixture
def shop_module(url: str, shop: Package, monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.setenv("DATABASE_URL", url)
    shop.add("a1", table("orders"))
    return Module(
        "shop",
        imports=[database_module()],
        providers=[bind(Audit).to(Audit).per_request()],
        controllers=[Orders],
        contributions=[shop.migrations],
    )


async def test_a_request_commits_before_its_answer_and_rolls_back_on_errors(
    shop_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_DATABASE__UPGRADE_AT_START", "true")
    async with started(shop_module) as t:
        assert (await t.client.post("/orders/1")).json() == 1
        assert (await t.client.get("/orders/")).json() == [1, 101]
        assert (await t.client.post("/orders/13")).status_code == 500
        assert (await t.client.post("/orders/1")).status_code == 500
        assert (await t.client.get("/orders/")).json() == [1, 101]


async def test_an_app_is_ready_once_its_database_is_upgraded(shop_module: Module, url: str) -> None:
    async with started(shop_module) as t:
        report = await t.get(HealthChecks).report()
        assert not report.ready
        assert "NotMigrated: the database is behind (shop is at nothing, not a1)" in str(report)
        assert "run `hutch db upgrade`" in str(report)
        assert (await t.client.get("/health/ready")).status_code == 503


async def test_an_upgraded_app_is_ready(shop_module: Module, url: str, shop: Package) -> None:
    async with connect(url) as database:
        await upgrade(database, [shop.migrations])
    async with started(shop_module) as t:
        (result,) = (await t.get(HealthChecks).report()).results
        assert (result.name, result.ok) == ("database", True)
        assert url.startswith(str(result.detail))


async def test_broken_migrations_stop_the_start(shop_module: Module, shop: Package) -> None:
    shop.add("a2", down="nowhere")
    with pytest.raises(InvalidMigrations, match="nowhere"):
        async with started(shop_module):
            pass


async def test_an_unusable_database_stops_the_start(
    shop_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////proc/hutch/app.db")
    with pytest.raises(DatabaseUnusable, match="/proc/hutch"):
        async with started(shop_module):
            pass


async def test_scripts_get_a_session_too(shop_module: Module, url: str, shop: Package) -> None:
    async with App(shop_module).opened(Database) as running:
        await upgrade(running.get(Database), [shop.migrations])
        async with running.scope(Session) as (session,):
            await session.execute(text("INSERT INTO orders VALUES (1)"))
        async with running.get(Database).session() as session:
            assert await session.scalar(text("SELECT count(*) FROM orders")) == 1

"""The house: four apps on one address, each with what is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from demo.house import house
from demo.plays import PLAYS
from demo.settings import DemoSettings
from hutch import Role

TOKEN = "the-token-of-the-operator"
APPS = Path(__file__).parents[2] / "apps"


@pytest.mark.parametrize("app", PLAYS)
def test_an_assembly_fits_on_a_screen(app: str) -> None:
    assert len((APPS / app / "module.py").read_text("utf-8").splitlines()) <= 60


@pytest.fixture
async def client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("HUTCH_AUTH__OPERATOR_TOKEN", TOKEN)
    monkeypatch.setenv("HUTCH_VAULT__DATA", str(tmp_path))
    app = house(DemoSettings(folder=tmp_path))
    async with app.started(Role.WEB) as running:
        transport = httpx2.ASGITransport(running.http)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as found:
            yield found


async def test_the_start_page_leads_to_every_app(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/")).text
    for app in PLAYS:
        assert f'href="/{app}/"' in page
        assert (await client.get(f"/{app}/docs")).status_code == 200
        async with asyncio.timeout(20):  # a busy machine may take longer than the check waits
            while (await client.get(f"/{app}/health/ready")).status_code != 200:
                pass


@pytest.mark.req("R24-49")
async def test_one_page_shows_the_queues_of_all_apps(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/monitor/saq/api/queues")).status_code == 401
    client.headers["authorization"] = f"Bearer {TOKEN}"
    found = (await client.get("/monitor/saq/api/queues")).json()["queues"]
    names = {queue["name"] for queue in found}
    assert {name.partition(".")[0] for name in names} == set(PLAYS)
    assert {"rabbit24.publish", "rabbit24.schedule", "rabbit24.analytics"} <= names
    assert (await client.get("/rabbit24/admin/queues/")).status_code == 200

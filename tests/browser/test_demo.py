"""The demo's start page, as people see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.browser.conftest import Complaints
from tests.browser.serving import serving

from demo.house import house
from demo.plays import PLAYS
from demo.settings import DemoSettings
from hutch import Role

TOKEN = "the-token-of-the-operator"


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setenv("HUTCH_AUTH__OPERATOR_TOKEN", TOKEN)
    monkeypatch.setenv("HUTCH_VAULT__DATA", str(tmp_path))
    app = house(DemoSettings(folder=tmp_path))
    async with app.started(Role.WEB) as running, serving(running.http) as url:
        yield url


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 390])
async def test_one_login_opens_everything(
    site: str, page: Page, complaints: Complaints, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{site}/")
    for app in PLAYS:
        await expect(page.get_by_role("heading", name=app)).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    await page.get_by_role("link", name="The queues of all apps").click()
    await page.get_by_label("Operator token").fill(TOKEN)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("rabbit24.publish")).to_be_visible()
    await page.goto(f"{site}/rabbit24/admin/queues/")
    await expect(page.get_by_text("publish", exact=True).first).to_be_visible()
    await page.goto(f"{site}/fashiondeck/monitor/health")
    await expect(page.get_by_role("heading", name="Health").first).to_be_visible()
    assert complaints.texts == []

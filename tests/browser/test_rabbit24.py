"""24Rabbit's pages, as people use them: register, connect, write, approve, watch."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.browser.conftest import Complaints
from tests.browser.serving import serving
from tests.rabbit24.running import PASSWORD, TOKEN, picture

from hutch.testing import testing
from kit.sandbox import PlatformName, SandboxState
from kit.sandbox import serving as sandbox
from rabbit24.module import rabbit24


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Any]]:
    """24Rabbit with its worker, and the sandbox."""
    state = SandboxState()
    async with sandbox(state) as url:
        for name, value in {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'rabbit24.db'}",
            "HUTCH_DATABASE__UPGRADE_AT_START": "true",
            "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
            "HUTCH_FILES__STORE": str(tmp_path / "files"),
            "HUTCH_PLATFORMS__X_BASE_URL": url,
            "HUTCH_PLATFORMS__X_WEB_URL": url,
            "HUTCH_PLATFORMS__LINKEDIN_BASE_URL": f"{url}/linkedin",
            "HUTCH_PLATFORMS__LINKEDIN_WEB_URL": f"{url}/linkedin",
            "HUTCH_PLATFORMS__INSTAGRAM_BASE_URL": f"{url}/instagram",
            "HUTCH_PLATFORMS__MEDIA_POLL_INTERVAL": "0.05",
        }.items():
            monkeypatch.setenv(name, value)
        async with testing(rabbit24, services=True) as t, serving(t.app.http) as address:
            yield address, state


async def registered(page: Page, address: str) -> None:
    await page.goto(f"{address}/register")
    await page.get_by_label("Name").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Register").click()
    await expect(page.get_by_role("heading", name="Brands and accounts")).to_be_visible()
    await page.get_by_label("A new brand").fill("Linen & Sons")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_label("Brand", exact=True)).to_contain_text("Linen & Sons")


async def connected(page: Page, state: SandboxState, network: str, platform: PlatformName) -> None:
    grant = state.social[platform].connect("linen")
    ends = grant.pair.expires_at - timedelta(minutes=1)
    await page.get_by_label("Network", exact=True).select_option(network)
    await page.get_by_label("Id of the account").fill(grant.account.user_id)
    await page.get_by_label("Access token").fill(grant.pair.access)
    if network in ("TWITTER", "LINKEDIN"):
        await page.get_by_label("Refresh token").fill(grant.pair.refresh)
    await page.get_by_label("It ends at").fill(f"{ends:%Y-%m-%dT%H:%M}")
    await page.get_by_role("button", name="Connect", exact=True).click()
    row = page.get_by_role("row").filter(has_text=grant.account.user_id)
    await expect(row.get_by_text("valid")).to_be_visible()


async def ready(page: Page, address: str, state: SandboxState) -> None:
    await registered(page, address)
    await connected(page, state, "TWITTER", PlatformName.X)
    await connected(page, state, "LINKEDIN", PlatformName.LINKEDIN)
    await connected(page, state, "INSTAGRAM", PlatformName.INSTAGRAM)
    await page.get_by_role("link", name="Posts").click()
    await expect(page.get_by_text("live", exact=True)).to_be_visible()


async def test_a_post_with_a_picture_is_written_approved_and_seen_live(
    page: Page, place: tuple[str, SandboxState], complaints: Complaints
) -> None:
    address, state = place
    await ready(page, address, state)
    await page.get_by_label("What do you want to say?").fill("Our new linen jacket is here.")
    shown = {"name": "jacket.png", "mimeType": "image/png", "buffer": picture()}
    await page.get_by_label("Picture", exact=True).set_input_files(shown)  # type: ignore[arg-type]
    await page.get_by_role("checkbox", name=re.compile("Instagram")).check()
    await page.get_by_role("button", name="Write and approve").click()
    post = page.get_by_role("listitem").filter(has_text="Our new linen jacket is here.")
    await expect(post.get_by_text("published")).to_have_count(3, timeout=15_000)
    await expect(post.get_by_role("link", name="see it").first).to_have_attribute(
        "href", re.compile("http.+")
    )
    small = post.get_by_role("img", name="Picture of this post")
    await expect(small).to_have_js_property("naturalWidth", 40)
    assert [posted.text for posted in state.x.posts.all()] == ["Our new linen jacket is here."]
    assert complaints.texts == []


async def test_what_is_refused_is_said_and_what_is_written_stays(
    page: Page, place: tuple[str, SandboxState], complaints: Complaints
) -> None:
    address, state = place
    await ready(page, address, state)
    words = page.get_by_label("What do you want to say?")
    await words.fill("x" * 281)
    await page.get_by_role("button", name="Write and approve").click()
    await expect(page.get_by_role("status")).to_contain_text("shorten it by 1")
    await expect(words).to_have_value("x" * 281)
    for box in await page.get_by_role("checkbox").all():
        await box.uncheck()
    await words.fill("For nobody")
    await page.get_by_role("button", name="Write and approve").click()
    await expect(page.get_by_role("status")).to_have_text("Choose at least one account.")
    assert state.x.posts.all() == []
    # The browser itself notes the refusal.
    assert [text for text in complaints.texts if "422" not in text] == []


async def test_a_schedule_is_planned_and_a_slot_filled(
    page: Page, place: tuple[str, SandboxState], complaints: Complaints
) -> None:
    address, state = place
    await ready(page, address, state)
    await page.get_by_role("link", name="Posts").click()
    await page.get_by_role("link", name="Schedules").click()
    await page.get_by_label("Topic").fill("linen in winter")
    await page.get_by_role("button", name="Plan").click()
    row = page.get_by_role("row").filter(has_text="linen in winter")
    await expect(row).to_contain_text("0 9 * * 1-5 (Europe/Berlin)")
    await row.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nothing is planned.")).to_be_visible()
    assert complaints.texts == []


async def test_without_a_login_the_page_leads_there_and_back(
    page: Page, place: tuple[str, SandboxState]
) -> None:
    address, _ = place
    await page.goto(f"{address}/schedules")
    assert "/monitor/login?next=/schedules" in page.url
    await page.get_by_text("Log in with a token").click()
    await page.get_by_label("Operator token").fill(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 390])
async def test_nothing_is_cut_off_at_any_width(
    page: Page, place: tuple[str, SandboxState], width: int
) -> None:
    address, state = place
    await page.set_viewport_size({"width": width, "height": 900})
    await ready(page, address, state)
    for path in ("/", "/accounts", "/schedules"):
        await page.goto(f"{address}{path}")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path

"""FashionDeck, as people and operators use it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.browser.conftest import Complaints
from tests.browser.serving import serving
from tests.fashiondeck.running import TOKEN, Deck, Ebay, environment

from fashiondeck.module import fashiondeck
from hutch.testing import testing
from kit.sandbox import SandboxState
from kit.sandbox import serving as sandbox


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """FashionDeck with bags and shoes."""
    state = SandboxState()
    async with sandbox(state) as url:
        for name, value in environment(url, f"sqlite:///{tmp_path / 'deck.db'}").items():
            monkeypatch.setenv(name, value)
        async with testing(fashiondeck) as t:
            deck = Deck(t, t.client, Ebay(url, state))
            t.client.headers["authorization"] = f"Bearer {TOKEN}"
            for category in ("bags", "shoes"):
                deck.ebay.leave(category, 200)
            await deck.refresh("bags", "shoes")
            for query in ("loafers", "loafers", "red backpack", "umbrella"):
                await deck.search(query)
            await t.client.post("/api/insights")
            await t.drain()
            async with serving(t.app.http) as address:
                yield address


async def find(page: Page, site: str, prompt: str) -> None:
    """Search by keyboard alone."""
    await page.goto(site)
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type(prompt)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=f"found for “{prompt}”")).to_be_visible()


async def all_pictures_shown(page: Page) -> None:
    pictures = page.locator(".deck img")
    for number in range(await pictures.count()):
        await pictures.nth(number).scroll_into_view_if_needed()
        await expect(pictures.nth(number)).to_have_js_property("complete", True)
        assert await pictures.nth(number).evaluate("image => image.naturalWidth") == 96
    await page.evaluate("scrollTo(0, 0)")


async def test_a_search_by_keyboard_shows_pictures_and_leads_to_a_product(
    page: Page, site: str, complaints: Complaints
) -> None:
    await find(page, site, "minimalist tote bag under 120")
    await expect(page.locator(".deck li")).to_have_count(24)
    await all_pictures_shown(page)
    await page.get_by_role("link", name="More →").click()
    await expect(page.get_by_text("Page 2 of")).to_be_visible()
    await page.locator(".deck a").first.click()
    await expect(page.get_by_role("link", name="See it at ebay")).to_be_visible()
    assert complaints.texts == []


async def test_an_operator_logs_in_refreshes_and_sees_the_figures(
    page: Page, site: str, complaints: Complaints
) -> None:
    await page.goto(f"{site}/operations")
    await page.get_by_label("Operator token").fill(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Operations")).to_be_visible()
    await expect(page.locator("[data-figure=products]").first).to_have_text("400")
    async with page.expect_response("**/api/catalogue*") as looked:
        pass  # the page looks again by itself
    assert (await looked.value).ok
    await page.get_by_role("button", name="Refresh bags").click()
    row = page.get_by_role("row", name="product-refresh 1 ")
    await expect(row).to_be_visible()
    assert complaints.texts == []


async def test_it_works_without_javascript(site: str, page: Page) -> None:
    assert page.context.browser is not None
    context = await page.context.browser.new_context(java_script_enabled=False)
    plain = await context.new_page()
    await plain.goto(site)
    await plain.get_by_role("searchbox").fill("loafers")
    await plain.get_by_role("button", name="Search").click()
    await expect(plain.get_by_role("heading", name="found for")).to_be_visible()
    await context.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
async def test_no_page_is_wider_than_a_phone(page: Page, site: str, scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{site}/monitor/login?next=/operations")
    await page.get_by_label("Operator token").fill(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Operations")).to_be_visible()
    for path in ("/operations", "/", "/?q=loafers", "/?q=umbrella"):
        await page.goto(f"{site}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path

"""The page in a real browser."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

from hutch.drawing import html

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture
async def page(drawing, tmp_path) -> AsyncIterator[Page]:
    """The bookshop's page; an error in its script fails the test."""
    file = tmp_path / "graph.html"
    file.write_text(html(drawing), encoding="utf-8")
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = await browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: errors.append(r.url) if r.url[:5] != "file:" else None)
        await page.goto(file.as_uri())
        yield page
        await browser.close()
    assert errors == []


async def names(page, selector):
    return set(await page.locator(selector).locator(".head b").all_inner_texts())


async def test_hovering_clicking_finding_and_changing_colours(page, box):
    ordering = f"#{box('ordering').id}"
    await page.hover(ordering)
    assert await names(page, ".box.in") == {"bookshop", "board"}
    assert await names(page, ".box.out") == {"catalogue", "queue", "tables", "events", "accounts"}
    assert await page.locator(".edge.near").count() == 7

    await page.click(ordering)
    panel = page.locator("#panel")
    assert await panel.locator("h2:visible").all_inner_texts() == ["ordering"]
    assert "needs Queue (queue), Events (events)" in await panel.inner_text()
    await panel.get_by_role("button", name="catalogue", exact=True).click()
    assert await panel.locator("h2:visible").all_inner_texts() == ["catalogue"]
    await page.keyboard.press("Escape")
    assert await panel.is_hidden()

    await page.fill("#search", "session")
    assert await names(page, ".box.near") == {"tables"}
    assert await page.locator(".row.hit").all_inner_texts() == ["Session"]

    theme = await page.evaluate("document.documentElement.dataset.theme")
    await page.click("#theme")
    assert await page.evaluate("document.documentElement.dataset.theme") != theme


async def test_it_can_be_used_by_keyboard_and_on_a_phone(page):
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.locator(".box").first.focus()
    await page.keyboard.press("Enter")
    assert await page.locator("#panel h2:visible").all_inner_texts() == ["bookshop"]
    assert await page.evaluate("document.documentElement.scrollWidth") == 390

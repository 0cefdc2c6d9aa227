"""Take the pictures of the docs: ``python -m tests.browser.screens URL TOKEN``.

The demo runs at the URL (``./dev demo``), the token is the one that it has printed.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

SCREENS = Path(__file__).parents[2] / "docs" / "assets" / "screens"
WIDTHS = {"desktop": 1280, "phone": 390}
PATHS = {
    "demo": "/",
    "queues": "/monitor/saq/",
    "rabbit24": "/rabbit24/",
    "xbot": "/xbot/",
    "secondme": "/secondme/",
    "fashiondeck": "/fashiondeck/?q=minimalist+tote+bag+under+120",
}


async def take(browser: Browser, url: str, token: str, name: str, path: str) -> None:
    """Take a page's pictures at each width, logged in as an operator."""
    for device, width in WIDTHS.items():
        page = await browser.new_page(viewport={"width": width, "height": 900})
        await page.goto(f"{url}/monitor/login?next={path}")
        await page.get_by_label("Operator token").fill(token)
        await page.get_by_role("button", name="Log in").click()
        await page.goto(f"{url}{path}")
        await page.wait_for_timeout(1_500)  # until live parts have been filled
        await page.screenshot(path=SCREENS / f"{name}-{device}.png")
        await page.context.close()


async def main(url: str, token: str) -> None:
    """Take all pictures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, path in PATHS.items():
            await take(browser, url.rstrip("/"), token, name, path)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))

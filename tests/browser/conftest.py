"""Headless Chromium, and what went wrong in its pages."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

from hutch_redis.testing import unique_prefix

_PATH = shutil.which("chromium")


@dataclass
class Complaints:
    """What a page's console said and what its scripts failed with."""

    texts: list[str] = field(default_factory=list[str])

    def watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", self._failed)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.texts.append(message.text)

    def _failed(self, error: Error) -> None:
        self.texts.append(str(error))


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if _PATH is None and not os.environ.get("CI"):
        pytest.skip("needs Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_PATH, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
async def page(chromium: Browser, complaints: Complaints) -> AsyncIterator[Page]:
    """A page with cookies of its own; it waits no more than five seconds for anything."""
    context = await chromium.new_context()
    context.set_default_timeout(5_000)
    opened = await context.new_page()
    complaints.watch(opened)
    yield opened
    await context.close()


@pytest.fixture(autouse=True)
def _redis_of_the_tests(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REDIS_PREFIX", unique_prefix())

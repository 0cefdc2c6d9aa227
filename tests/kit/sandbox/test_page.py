"""The sandbox's page in a browser: the state of every platform, and the phone for WhatsApp."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kit.platforms import Incoming, WhatsAppWebhook, read_events
from kit.sandbox import SandboxState, serving
from kit.sandbox.server import Guest, listen

pytestmark = pytest.mark.slow
_PATH = shutil.which("chromium")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    if _PATH is None and not os.environ.get("CI"):
        pytest.skip("needs Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        args = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=_PATH, args=args)
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        context.set_default_timeout(5_000)
        yield await context.new_page()
        await browser.close()


@pytest.fixture
async def app(on_whatsapp) -> AsyncIterator[tuple[str, asyncio.Queue[Incoming]]]:
    """An app's webhook, and the messages that it was told and whose signature was right."""
    webhook = WhatsAppWebhook(on_whatsapp.settings())
    heard: asyncio.Queue[Incoming] = asyncio.Queue()

    async def hook(request: Request) -> Response:
        if request.method == "GET":
            return PlainTextResponse(webhook.challenge(request.query_params))
        body = await request.body()
        webhook.check(body, request.headers.get("x-hub-signature-256"))
        for event in read_events(body):
            assert isinstance(event, Incoming)
            heard.put_nowait(event)
        return Response()

    listener = listen("127.0.0.1", 0)
    routes = [Route("/", hook, methods=["GET", "POST"])]
    guest = Guest(uvicorn.Config(Starlette(routes=routes), lifespan="off", log_level="critical"))
    task = asyncio.create_task(guest.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", heard
    guest.should_exit = True
    await task


async def test_a_code_is_scanned_on_the_page_and_a_message_written(page: Page, app, http):
    address, heard = app
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    async with serving(SandboxState()) as url:
        hook = {"url": address, "verify_token": "verify-token", "app_secret": "app-secret"}
        assert (await http.post(f"{url}/_sandbox/whatsapp/webhook", json=hook)).is_success
        asked = await http.post(f"{url}/_sandbox/whatsapp/sessions", json={"username": "shop"})
        await page.goto(url)

        for name in ("X", "LinkedIn", "Facebook", "Instagram", "WhatsApp", "eBay", "Models"):
            await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        await expect(page.get_by_text("5,000")).to_be_visible()
        await page.get_by_role("button", name="Scan it with the phone").click()
        await expect(page.get_by_text("connected", exact=True)).to_be_visible()
        await page.get_by_label("Text").fill("Grüße 😀")
        await page.get_by_role("button", name="Send to the app").click()
        await expect(page.get_by_text("The app's webhook answered 200.")).to_be_visible()
        await page.get_by_role("button", name="Log out on the phone").click()
        await expect(page.get_by_text("logged out", exact=True)).to_be_visible()
        session = await http.get(f"{url}/_sandbox/whatsapp/sessions/{asked.json()['id']}")
        # Nothing is wider than a phone.
        assert await page.locator("main").evaluate("one => one.scrollWidth") <= 390

    event = heard.get_nowait()
    assert (event.text, event.phone_number_id) == ("Grüße 😀", session.json()["phone_number_id"])
    assert session.json()["state"] == "logged_out"
    assert problems == []

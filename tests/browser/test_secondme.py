"""SecondMe's dashboard, as an operator uses it: mounted below a path, by hand and by keyboard."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.browser.conftest import Complaints
from tests.browser.serving import serving
from tests.secondme.conftest import Start, environment, phone, start  # noqa: F401
from tests.secondme.running import ADA, TOKEN, Me, Phone

WITHOUT_A_BREAK = """
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    setInterval(() => this.dispatchEvent(new Event("events:messages")), 20);
  }
};
"""
"""A stream of events, one every 20 ms."""


@pytest.fixture
async def site(
    environment: pytest.MonkeyPatch,  # noqa: F811
    phone: Phone,  # noqa: F811
    start: Start,  # noqa: F811
) -> AsyncIterator[tuple[str, Me]]:
    url = f"{phone.url}/_sandbox/whatsapp/sessions"
    environment.setenv("HUTCH_PLATFORMS__WHATSAPP_PAIRING_URL", url)
    async with (
        start() as me,
        serving(Starlette(routes=[Mount("/secondme", me.t.app.http)])) as address,
    ):
        await me.hooked()
        yield f"{address}/secondme", me


async def log_in(page: Page, url: str) -> None:
    await page.goto(f"{url}/")
    await page.get_by_label("Operator token").fill(TOKEN)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}/")


async def scan(me: Me) -> None:
    [session] = me.phone.state.whatsapp.sessions.values()
    url = f"{me.phone.url}/_sandbox/whatsapp/sessions/{session.id}/scan"
    async with httpx2.AsyncClient() as client:
        (await client.post(url, json={"qr": session.qr})).raise_for_status()


async def write(me: Me, text: str) -> None:
    [session] = me.phone.state.whatsapp.sessions.values()
    number = session.plain()["phone_number_id"]
    new = {"phone_number_id": number, "sender": ADA, "text": text}
    async with httpx2.AsyncClient(timeout=10) as client:
        answer = await client.post(f"{me.phone.url}/_sandbox/whatsapp/incoming", json=new)
    assert answer.json() == {"answers": [200]}


@pytest.mark.req("SM-28", "SM-36", "SM-37", "SM-39")
async def test_an_operator_connects_enables_stops_and_lets_go_on(
    page: Page, site: tuple[str, Me], complaints: Complaints
) -> None:
    url, me = site
    await log_in(page, url)
    await expect(page.get_by_alt_text("QR code: scan it")).to_be_visible()
    await scan(me)
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(page.get_by_alt_text("QR code: scan it")).to_be_hidden()

    await page.get_by_label("Phone number").fill(ADA)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Enable").press("Enter")
    await expect(page.get_by_role("button", name="Disable")).to_be_visible()
    await write(me, "Hello <b>there</b>")
    await expect(page.get_by_text("Hello <b>there</b>", exact=True)).to_be_visible()
    await expect(page.locator(".answer")).to_contain_text("“Hello <b>there</b>”")

    await page.get_by_role("button", name="Stop everything").click()
    await expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    await write(me, "Are you there?")
    await expect(page.get_by_text("paused: everything was stopped")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Let it go on").press("Enter")
    await expect(page.get_by_text("On", exact=True)).to_be_visible()

    await page.get_by_role("button", name="Pause for an hour").press("Enter")
    await expect(page.get_by_text("paused until")).to_be_visible()
    await page.get_by_role("button", name="Resume").press("Enter")
    await expect(page.get_by_text("paused until")).to_be_hidden()
    assert complaints.texts == []


async def test_the_big_switch_is_there_to_stop_while_redis_is_away(
    page: Page,
    environment: pytest.MonkeyPatch,  # noqa: F811
    start: Start,  # noqa: F811
) -> None:
    environment.setenv("REDIS_URL", "redis://127.0.0.1:9")
    async with start(services=False) as me:
        url = str(me.client.base_url).rstrip("/")
        await log_in(page, url)
        await page.get_by_role("button", name="Stop everything").click()
        await expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
        assert (await me.get("/api/switch"))["stopped"] is True


@pytest.mark.req("SM-36")
async def test_events_without_a_break_do_not_put_the_reading_off(
    page: Page, site: tuple[str, Me]
) -> None:
    await page.add_init_script(WITHOUT_A_BREAK)
    await log_in(page, site[0])
    await expect(page.get_by_text("Nobody has written yet.")).to_be_visible()


async def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    page: Page, site: tuple[str, Me], complaints: Complaints
) -> None:
    url, me = site
    await page.set_viewport_size({"width": 390, "height": 844})
    await log_in(page, url)
    await expect(page.get_by_alt_text("QR code: scan it")).to_be_visible()
    await scan(me)
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    await write(me, "a-very-long-word-without-a-space-" * 6)
    await expect(page.get_by_text("not enabled").first).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    await expect(page.get_by_role("button", name="Stop everything")).to_be_enabled()
    assert complaints.texts == []

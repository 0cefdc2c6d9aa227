"""The monitor, as an operator uses it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from saq.job import Status
from tests.browser.conftest import Complaints
from tests.browser.serving import serving
from tests.hutch_monitor.apps import OPERATOR, VIEWER
from tests.hutch_monitor.jobs import SCRIPT, Jobs, add, jobs, stock

BROKEN_IN = "broken in"


@pytest.fixture
async def shop() -> AsyncIterator[Jobs]:
    async with jobs() as started:
        yield started


@pytest.fixture
async def site(shop: Jobs) -> AsyncIterator[str]:
    async with serving(shop.t.app.http) as address:
        yield address


async def log_in(page: Page, url: str, token: str = OPERATOR) -> None:
    """Log in by keyboard alone, on the way to a page."""
    await page.goto(url)
    await expect(page.get_by_label("Operator token")).to_be_focused()
    await page.keyboard.type(token)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Log in")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url(url)


@pytest.mark.req("R24-50", "X-16")
async def test_log_in_by_keyboard_and_out_again(
    page: Page, site: str, complaints: Complaints
) -> None:
    await log_in(page, f"{site}/monitor/")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.get_by_role("link", name="Health", exact=True).press("Enter")
    await expect(page.get_by_role("rowheader", name="redis")).to_be_visible()
    await page.get_by_role("button", name="Log out").press("Enter")
    await page.wait_for_url("**/monitor/login")
    await page.goto(f"{site}/monitor/health")
    await expect(page.get_by_label("Operator token")).to_be_visible()
    assert complaints.texts == []


async def test_a_wrong_token_is_told(page: Page, site: str) -> None:
    await page.goto(f"{site}/monitor/")
    await page.get_by_label("Operator token").fill("not the token")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Nobody has this token.")
    await expect(page.get_by_label("Operator token")).to_be_focused()


@pytest.mark.req("R24-49")
async def test_queues_and_jobs_are_shown_under_the_policy(
    page: Page, site: str, shop: Jobs, complaints: Complaints
) -> None:
    odd = await add(shop.queues["odd/ name?"], "order/1 #?")
    await log_in(page, f"{site}/monitor/saq/")
    await expect(page.get_by_role("row", name="publish 1 1 0 0")).to_be_visible()
    await page.get_by_role("link", name="publish").click()
    await expect(page.get_by_text("post_id=17, text=str(31)")).to_be_visible()
    await page.get_by_role("link", name="active").click()
    await expect(page.get_by_role("heading", name="Job", exact=True)).to_be_visible()
    await page.get_by_role("link", name="publish").click()
    await expect(page.get_by_role("heading", name="Workers")).to_be_visible()
    await page.goto(f"{site}/monitor/saq/")
    await page.get_by_role("link", name="odd").click()
    await page.get_by_role("link", name="order").click()
    await expect(page.get_by_role("cell", name="Publishing.publish")).to_be_visible()
    await page.get_by_role("button", name="Abort").click()
    await expect(page.get_by_role("cell", name="aborted")).to_be_visible()
    assert await shop.state(odd) is Status.ABORTED
    assert complaints.texts == []


async def test_a_failed_job_is_retried_and_a_refusal_is_told(
    page: Page, site: str, shop: Jobs
) -> None:
    await log_in(page, f"{site}/monitor/saq/queues/publish/jobs/failed")
    await expect(page.get_by_text("ValueError: no")).to_be_visible()
    await page.get_by_role("button", name="Retry").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("cell", name="queued", exact=True)).to_be_visible()
    assert await shop.state(shop.failed) is Status.QUEUED
    await page.get_by_role("button", name="Retry").click()
    await expect(page.get_by_role("alert")).to_have_text(
        "failed is queued; only a job that has ended can retry."
    )


async def test_viewers_are_told_that_they_change_nothing(page: Page, site: str, shop: Jobs) -> None:
    await log_in(page, f"{site}/monitor/saq/queues/publish/jobs/failed", VIEWER)
    await page.get_by_role("button", name="Retry").click()
    await expect(page.get_by_role("alert")).to_have_text(
        "This needs the role operator; you are a viewer."
    )
    assert await shop.state(shop.failed) is Status.FAILED


async def test_who_was_logged_out_is_led_to_the_login(page: Page, site: str) -> None:
    await log_in(page, f"{site}/monitor/saq/")
    await page.context.clear_cookies()
    await page.wait_for_url("**/monitor/login?next=/monitor/saq/")


@pytest.mark.req("X-16")
async def test_an_argument_runs_script_in_saqs_page_but_not_in_ours(
    page: Page, site: str, shop: Jobs, complaints: Complaints
) -> None:
    queue = shop.queues["publish"]
    await queue.enqueue("f", key="bad", props=SCRIPT)
    await add(queue, "worse", props=SCRIPT)
    async with serving(stock(list(shop.queues.values()))) as unsafe:
        await page.goto(f"{unsafe}/monitor/saq/queues/publish")
        await expect(page).to_have_title(BROKEN_IN)
    complaints.texts.clear()
    for path in ("", "/jobs/bad", "/jobs/worse"):
        url = f"{site}/monitor/saq/queues/publish{path}"
        await (page.goto(url) if path else log_in(page, url))
        await expect(page.get_by_text("props=dict(1)").first).to_be_visible()
        assert await page.locator("img").count() == 0
        assert await page.title() == "SAQ"
    assert complaints.texts == []


@pytest.mark.req("X-16")
async def test_a_form_of_another_site_changes_no_job(page: Page, site: str, shop: Jobs) -> None:
    await log_in(page, f"{site}/monitor/")
    path = "/monitor/saq/api/queues/publish/jobs/failed/retry"
    # The same machine by another name: another site to the browser.
    await page.goto(site.replace("127.0.0.1", "localhost") + "/health/live")
    await page.set_content(f'<form method="post" action="{site}{path}"><button>Win</button></form>')
    async with page.expect_response(f"**{path}") as answered:
        await page.get_by_role("button", name="Win").click()
    assert (await answered.value).status in (401, 403)
    assert await shop.state(shop.failed) is Status.FAILED


async def test_no_page_is_wider_than_a_phone(page: Page, site: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await log_in(page, f"{site}/monitor/")
    for path in ("/", "/health", "/saq/", "/saq/queues/publish", "/saq/queues/publish/jobs/failed"):
        await page.goto(f"{site}/monitor{path}")
        await expect(page.locator("h1").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path

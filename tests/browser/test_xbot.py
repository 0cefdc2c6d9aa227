"""xBOT, as its operator uses it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from playwright.async_api import Page, expect
from tests.browser.conftest import Complaints
from tests.browser.serving import serving
from tests.xbot.conftest import whole
from tests.xbot.running import BEARER, TOKEN, Bot, X

from hutch.testing import testing
from hutch_auth import OPERATOR, Users
from hutch_database import Database
from hutch_redis import Redis
from hutch_vault import Key
from kit.sandbox import SandboxState
from kit.sandbox import serving as sandbox
from xbot.models import Tweet

LIKED = {"coffee": 70, "tea": 35, "recipes": 50, "travel": 15, "books": 28}
PASSWORD = "correct horse battery"
PAGES = ("/", "/learning", "/configuration")


async def past(bot: Bot) -> None:
    """Let there be posts of the last two weeks, with figures: as if it had run for long."""
    random, now = Random(7), datetime.now(UTC)
    async with bot.t.get(Database).session() as session:
        for number in range(84):
            topic = random.choice(list(LIKED))
            day = timedelta(days=1 + number % 13, hours=random.randrange(24))
            at = now - day
            likes = round(
                LIKED[topic] * random.uniform(0.6, 1.4) * (1.6 if 8 < at.hour < 18 else 0.7)
            )
            session.add(
                Tweet(
                    id=str(number), post_id=f"p{number}", text=f"{topic} #{topic}", topic=topic,
                    tags=[topic], url="", posted_at=at, ask_at=now + timedelta(days=1), likes=likes,
                    shares=likes // 6, replies=likes // 9, measured_at=now,
                )
            )  # fmt: skip


async def present(bot: Bot) -> None:
    """Post, and schedule more."""
    for topic in LIKED:
        await bot.write(f"Our favourite thing about {topic} this week. #{topic}", topic)
    await bot.work()
    soon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for hours, (topic, priority) in enumerate([("coffee", 80), ("tea", 50), ("travel", 50)], 3):
        at = (soon + timedelta(hours=hours)).isoformat()
        text = f"What do you want to know about {topic}? Ask away. #{topic}"
        await bot.write(text, topic, at=at, priority=priority)


@pytest.fixture
async def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis: Redis) -> AsyncIterator[Bot]:
    """A bot that has learned something; its jobs do not run by themselves."""
    state = SandboxState()
    async with sandbox(state) as url:
        x = X(url, state, state.x.accounts.connect("bot"))
        for name, value in {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'xbot.db'}",
            "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
            "HUTCH_DATABASE__UPGRADE_AT_START": "true",
            "HUTCH_FILES__STORE": str(tmp_path / "files"),
            "HUTCH_PLATFORMS__X_BASE_URL": url,
            "HUTCH_PLATFORMS__X_WEB_URL": "https://x.example",
            "HUTCH_VAULT__KEYS": Key.generate("test").text(),
            "HUTCH_XBOT__SETTLED_AFTER": "0",
        }.items():
            monkeypatch.setenv(name, value)
        async with testing(whole, services=False) as t:
            t.client.headers.update(BEARER)
            bot = Bot(t, t.client, x, redis)
            await bot.ask("PUT", "/api/account", json=x.account)
            await t.get(Users).add("ada", PASSWORD, [OPERATOR])
            await past(bot)
            await present(bot)
            yield bot


@pytest.fixture
async def site(bot: Bot) -> AsyncIterator[str]:
    async with serving(bot.t.app.http) as address:
        yield address


async def log_in(page: Page, site: str, path: str = "/") -> None:
    await page.goto(f"{site}{path}")
    await page.get_by_label("Name").fill("ada")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site}{path}")


async def test_a_post_is_written_scheduled_by_keyboard_and_taken_back(
    page: Page, site: str, bot: Bot, complaints: Complaints
) -> None:
    await log_in(page, site)
    await page.get_by_label("What to post").fill("Fresh beans on Monday #coffee")
    await page.keyboard.press("Tab")
    await page.keyboard.type("coffee")
    await page.get_by_label("When").fill("2040-01-01T09:30")
    await page.get_by_role("spinbutton", name="Priority").fill("90")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Scheduled.")
    first = page.get_by_role("list", name="Queue, by priority").get_by_role("listitem").first
    await expect(first).to_contain_text("Fresh beans on Monday #coffee")
    await expect(first).to_contain_text("01 Jan, ")
    await first.get_by_role("button", name="Take back").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Taken back.")
    await expect(first).not_to_contain_text("Fresh beans")
    assert complaints.texts == []
    views = await bot.ask("GET", "/api/posts", params={"status": "CANCELLED"})
    assert [view["text"] for view in views] == ["Fresh beans on Monday #coffee"]


async def test_a_draft_is_there_when_one_comes_back_and_what_is_refused_is_told(
    page: Page, site: str
) -> None:
    await log_in(page, site)
    words = page.get_by_label("What to post")
    await words.fill("Our favourite thing about tea this week. #tea")
    await page.get_by_label("Topic").fill("tea")
    await page.get_by_role("button", name="Keep as draft").click()
    await expect(page.get_by_text("The model gives it")).to_be_visible()
    await page.reload()
    await expect(words).to_have_value("Our favourite thing about tea this week. #tea")
    await page.get_by_role("button", name="Schedule").click()
    await expect(page.get_by_role("alert")).to_contain_text("A post that says the same")
    await words.fill("x" * 281)
    await page.get_by_role("button", name="Schedule").click()
    await expect(page.get_by_role("alert")).to_contain_text("281")


async def test_a_suggestion_fills_the_form(page: Page, site: str, complaints: Complaints) -> None:
    await log_in(page, site)
    await page.get_by_role("button", name="Suggest").click()
    await expect(page.get_by_role("status")).to_contain_text("Drawn: ")
    topic = await page.get_by_label("Topic").input_value()
    assert topic in LIKED
    assert f"#{topic}" in await page.get_by_label("What to post").input_value()
    assert await page.get_by_label("When").input_value() > f"{datetime.now(UTC):%Y}"
    assert complaints.texts == []


async def test_the_lists_follow_what_happens(page: Page, site: str, bot: Bot) -> None:
    await log_in(page, site)
    await bot.write("Somebody else wrote this #tea")
    waiting = page.get_by_role("list", name="Queue, by priority")
    await expect(waiting).to_contain_text("Somebody else wrote this #tea")
    await bot.work()
    await expect(page.get_by_role("list", name="Lately")).to_contain_text("Somebody else wrote")


async def test_what_was_learned_is_drawn(page: Page, site: str, complaints: Complaints) -> None:
    await log_in(page, site, "/learning")
    drawing = page.get_by_role("img", name="What is believed of each topic")
    await expect(drawing).to_contain_text("coffee (")
    await expect(page.get_by_text("It foretells")).to_be_visible()
    assert await page.locator(".chart rect").count() == 14
    assert complaints.texts == []


async def test_the_configuration_is_changed_and_an_old_page_is_told(
    page: Page, site: str, bot: Bot, complaints: Complaints
) -> None:
    await log_in(page, site, "/configuration")
    form = page.get_by_role("form", name="rate_limits")
    await form.get_by_label("postingPerHour").fill("25")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("status")).to_have_text("Saved.")
    await expect(form).to_contain_text("version 1")
    assert complaints.texts == []
    await bot.configure("rate_limits", postingPerHour=30)
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("status")).to_contain_text("is not at version 1 any more")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
async def test_no_page_is_wider_than_a_phone(page: Page, site: str, scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": 390, "height": 844})
    await log_in(page, site)
    for path in PAGES:
        await page.goto(f"{site}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path

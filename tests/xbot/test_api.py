"""The pages and who may see them, and the figures."""

import re
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.xbot.running import BEARER, Bot

PAGES = ("/", "/learning", "/configuration")
HTML = {"accept": "text/html"}


ASKED = (
    ("GET", "/api/posts"), ("POST", "/api/drafts"), ("GET", "/api/tweets"),
    ("GET", "/api/statistics"), ("GET", "/api/learning"), ("PUT", "/api/account"),
    ("PUT", "/api/config/rate_limits"), ("GET", "/api/drafts/suggestion"),
    ("DELETE", "/api/posts/a"),
)  # fmt: skip


async def test_strangers_are_led_to_the_login_and_may_ask_nothing(idle: Bot) -> None:
    del idle.client.headers["authorization"]
    for path in PAGES:
        answer = await idle.client.get(path, headers=HTML, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/monitor/login?next={path}"
    for method, path in ASKED:
        assert (await idle.client.request(method, path)).status_code == 401, path


async def test_the_pages_before_and_after_there_is_something(idle: Bot) -> None:
    for path in PAGES:
        assert (await idle.client.get(path, headers=HTML)).status_code == 200
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await idle.write("Later <b>words</b> #tea", at=later, priority=70)
    await idle.write("Now #tea")
    await idle.configure("model_weights", leastSamples=10)
    await idle.work()
    home = (await idle.client.get("/", headers=HTML)).text
    assert "Later &lt;b&gt;words&lt;/b&gt; #tea" in home
    assert '<span class="badge">70</span>' in home
    assert '<span class="badge ok">posted</span>' in home
    learning = (await idle.client.get("/learning", headers=HTML)).text
    assert "tea: " in learning
    assert "version 1" in (await idle.client.get("/configuration", headers=HTML)).text


async def test_what_waits_hides_nothing_that_has_ended(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xbot.api.pages.QUEUED", 2)
    monkeypatch.setattr("xbot.api.pages.ENDED", 2)
    for number in range(3):
        await idle.write(f"Out, number {number}")
        await idle.work()
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for number in range(3):
        await idle.write(f"Later, number {number}", at=later)
    home = (await idle.client.get("/", headers=HTML)).text
    assert "Nothing was posted yet" not in home
    assert re.findall(r"Out, number \d", home) == ["Out, number 2", "Out, number 1"]
    assert '<div class="figure">3</div>waiting' in home
    assert "And 1 more." in home


async def test_the_pages_work_below_a_path(idle: Bot) -> None:
    house = Starlette(routes=[Mount("/xbot", idle.t.app.http)])
    transport = httpx2.ASGITransport(app=house)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as client:
        for path in PAGES:
            answer = await client.get(f"/xbot{path}", headers=HTML | BEARER)
            assert answer.status_code == 200
            assert 'href="/xbot/static/xbot.css"' in answer.text
            assert 'href="/static' not in answer.text
        assert (await client.get("/xbot/static/posts.js")).status_code == 200
        answer = await client.get("/xbot/", headers=HTML, follow_redirects=False)
        assert answer.headers["location"].startswith("/xbot/monitor/login")


async def test_the_account_is_shown_without_its_tokens(idle: Bot) -> None:
    found = await idle.client.get("/api/account")
    assert found.json()["userId"] == idle.x.grant.account.user_id
    for secret in (idle.x.grant.pair.access, idle.x.grant.pair.refresh):
        assert secret not in found.text


@pytest.mark.req("XB-18", "XB-19")
async def test_the_statistics_add_up(idle: Bot) -> None:
    await idle.configure("rate_limits", postingPerHour=10)
    for topic, count in (("tea", 2), ("milk", 1)):
        for number in range(count):
            await idle.write(f"{number} cups of #{topic}", topic)
    await idle.work()
    figures = await idle.ask("GET", "/api/statistics")
    stored = {topic: await idle.stored(topic) for topic in ("milk", "tea")}
    assert [row["topic"] for row in figures["topics"]] == ["milk", "tea"]
    for row in figures["topics"]:
        tweets = stored[row["topic"]]
        assert (row["tweets"], row["measured"]) == (len(tweets), len(tweets))
        assert row["likes"] == sum(tweet["likes"] for tweet in tweets)
    days = {day["day"]: day["tweets"] for day in figures["days"]}
    assert (len(days), sum(days.values())) == (14, 3)
    assert figures["postsLeft"] in (7, 10)  # 10 where the hour has changed

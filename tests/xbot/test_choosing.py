"""Choosing: what to post about next, and when."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from tests.xbot.running import Bot, refuse

from xbot.services.beliefs import Beliefs
from xbot.services.posts import Posts


async def test_only_what_is_posted_about_or_will_be_is_chosen(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    later = (now + timedelta(days=1)).isoformat()
    await idle.write("Green #tea", "tea")
    await idle.work()
    refuse(monkeypatch)
    failed = await idle.write("Hot #milk", "milk")
    await idle.work()
    taken_back = await idle.write("Black #coffee", "coffee", at=later)
    await idle.ask("DELETE", f"/api/posts/{taken_back}", 204)
    await idle.write("Cold #water", "water", at=later)
    assert await idle.is_at(failed, "FAILED")
    posts = idle.t.get(Posts)
    assert await posts.topics() == ["tea", "water"]
    monkeypatch.setattr("xbot.services.posts.MOST_TOPICS", 1)
    assert await posts.topics() == ["water"]
    choices = [await idle.t.get(Beliefs).choose(Random(seed), now) for seed in range(9)]
    assert {choice.topic for choice in choices} == {"water"}


async def test_who_never_posted_is_told_an_hour_only(idle: Bot) -> None:
    suggestion = await idle.ask("GET", "/api/drafts/suggestion")
    assert (suggestion["topic"], suggestion["text"]) == (None, None)
    assert 0 <= suggestion["hour"] < 24

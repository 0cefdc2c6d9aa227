"""Drafts get their time once, may be taken back, and what cannot be posted is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.xbot.running import TEXT, Bot, run

from hutch_database import Database
from hutch_queue import QueueAdmin
from kit.publishing import Publication
from xbot.schemas import PendingPost
from xbot.services.errors import Refused
from xbot.services.posting import Posting
from xbot.services.posts import Posts


async def test_a_draft_scheduled_twice_at_once_is_one_post(bot: Bot) -> None:
    draft = await bot.draft(TEXT)
    views = await asyncio.gather(*(bot.schedule(draft) for _ in range(4)))
    assert {view["id"] for view in views} == {draft}
    await bot.reaches(draft, "POSTED")
    assert (await bot.schedule(draft))["status"] == "POSTED"
    assert bot.x.texts == [TEXT]
    async with bot.t.get(Database).session() as session:
        assert await session.scalar(select(func.count()).select_from(Publication)) == 1


async def test_a_waiting_post_is_taken_back_and_a_posted_one_is_not(bot: Bot) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    post = await bot.write(TEXT, at=later)
    await bot.ask("DELETE", f"/api/posts/{post}", 204)
    assert await bot.is_at(post, "CANCELLED")
    await bot.t.get(QueueAdmin).promote("pending_posts", post)
    posted = await bot.write(TEXT)
    await bot.reaches(posted, "POSTED")
    problem = await bot.ask("DELETE", f"/api/posts/{posted}", 422)
    assert problem["detail"] == f"The post '{posted}' is published: it cannot be taken back."
    assert bot.x.texts == [TEXT]


async def test_a_post_that_is_taken_back_at_the_last_moment_is_not_posted(idle: Bot) -> None:
    post = await idle.write(TEXT)
    row = await idle.t.get(Posts).get(post)  # as its job has read it
    await idle.ask("DELETE", f"/api/posts/{post}", 204)
    with pytest.raises(Refused, match=f"The post '{post}' waits no more."):
        await idle.t.get(Posting).post(row)
    await run(idle, post)
    await idle.t.drain()
    problem = await idle.ask("DELETE", f"/api/posts/{post}", 422)
    assert problem["detail"] == f"The post '{post}' is cancelled: it cannot be taken back."
    await idle.ask("DELETE", "/api/posts/nothing", 404)
    assert idle.x.texts == []


async def test_what_x_would_not_take_is_refused_at_once(idle: Bot) -> None:
    for text, told in (
        ("x" * 281, "281"),
        ("", "it is empty; write something"),
        ("a\0b", "it holds a NUL character, which cannot be stored; remove it"),
    ):
        problem = await idle.ask("POST", "/api/drafts", 422, json={"text": text, "topic": "tea"})
        assert told in str(problem)


async def test_a_bad_schedule_changes_nothing(idle: Bot) -> None:
    draft = await idle.draft(TEXT)
    bodies: list[dict[str, Any]] = [{"priority": 101}, {"at": "2026-11-21T10:00:00"}, {"when": 1}]
    for body in bodies:
        await idle.schedule(draft, 422, **body)
    assert await idle.ask("GET", "/api/posts") == []
    assert (await idle.ask("GET", f"/api/drafts/{draft}"))["text"] == TEXT


async def test_an_unknown_draft_is_told(idle: Bot) -> None:
    problem = await idle.schedule("nothing", 404)
    assert problem["detail"] == "There is no draft 'nothing'; drafts are kept for an hour."


async def test_a_payload_of_a_newer_version_is_read() -> None:
    data = PendingPost.model_validate_json('{"postId": "a", "mood": "good"}')
    assert data == PendingPost(post_id="a")

"""From a draft to X, exactly once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.xbot.conftest import Start
from tests.xbot.running import TEXT, Bot, refuse, run, until

from hutch_database import Database
from hutch_lock import Contents, Locks
from hutch_queue import QueueAdmin
from kit.publishing import Outgoing, Publisher
from kit.sandbox import Fault
from xbot.keys import POSTING_LOCK
from xbot.models import ACCOUNT, Post, PostStatus
from xbot.services.account import StoredAccount
from xbot.services.limits import ConfiguredLimits
from xbot.services.posting import Posting
from xbot.services.posts import Posts


async def test_a_draft_is_posted_once_and_reaches_the_database(bot: Bot) -> None:
    post = await bot.write(TEXT)
    shown = await bot.reaches(post, "POSTED")
    assert shown["url"].startswith(bot.x.url)
    assert bot.x.texts == [TEXT]

    async def synced() -> bool:
        return len(await bot.stored()) == 1

    await until(synced)
    [tweet] = await bot.stored()
    assert (tweet["postId"], tweet["tags"]) == (post, ["tea"])
    [recent] = await bot.ask("GET", "/api/tweets")
    assert recent["id"] == tweet["id"]
    assert (await bot.ask("GET", f"/api/tweets/{tweet['id']}"))["text"] == TEXT


@pytest.mark.req("XB-51")
async def test_it_waits_for_its_time_and_a_time_that_is_over_is_now(bot: Bot) -> None:
    later = datetime.now(UTC) + timedelta(seconds=2)
    last = await bot.write("the last", at=later.isoformat())
    past = await bot.write("at once", at=(later - timedelta(days=1)).isoformat())
    assert (await bot.post(past))["scheduledFor"] > (later - timedelta(hours=1)).isoformat()
    await bot.reaches(past, "POSTED")
    assert bot.x.texts == ["at once"]
    await bot.reaches(last, "POSTED")
    assert datetime.now(UTC) >= later
    assert bot.x.texts == ["the last", "at once"]


@pytest.mark.req("XB-51", "XB-16")
async def test_it_waits_while_another_worker_posts(bot: Bot) -> None:
    async with bot.t.get(Locks).hold(POSTING_LOCK, ttl=timedelta(minutes=5)):
        post = await bot.write(TEXT)

        async def snoozed() -> bool:
            return (await bot.t.get(QueueAdmin).stats("pending_posts")).delayed == 1

        await until(snoozed)
        assert bot.x.texts == []
    await bot.reaches(post, "POSTED")
    job = await bot.t.get(QueueAdmin).job("pending_posts", post)
    assert (job.failures, bot.x.texts) == ([], [TEXT])


@pytest.mark.req("XB-51", "XB-08", "C-15")
async def test_the_hourly_limit_holds_and_a_raised_one_counts_at_once(bot: Bot) -> None:
    await bot.configure("rate_limits", postingPerHour=1)
    posts = [await bot.write(f"post {number}") for number in range(3)]

    async def one_is_out() -> bool:
        views = [await bot.post(post) for post in posts]
        return sorted(bool(view["notBefore"]) for view in views) == [False, True, True]

    await until(one_is_out)
    assert len(bot.x.texts) == 1
    await bot.configure("rate_limits", postingPerHour=3)
    for post in posts:
        await bot.reaches(post, "POSTED")
        job = await bot.t.get(QueueAdmin).job("pending_posts", post)
        assert job.failures == []
    assert sorted(bot.x.texts) == ["post 0", "post 1", "post 2"]
    key = bot.redis.key("rate_limit", "posting", f"{datetime.now(UTC):%Y-%m-%dT%H}")
    assert int(await bot.redis.state.get(key) or 0) in (0, 3)  # 0 where the hour has changed


async def test_all_that_wait_for_the_limit_ask_again_at_one_instant(
    environment: pytest.MonkeyPatch, start: Start
) -> None:
    environment.setenv("HUTCH_XBOT__ASK_AGAIN", "86400")
    async with start(services=False) as bot:
        await bot.configure("rate_limits", postingPerHour=1)
        limits, account = bot.t.get(ConfiguredLimits), await bot.t.get(StoredAccount).get(ACCOUNT)
        asked = [await limits.admit(account, f"publication {n}") for n in range(4)]
    assert asked[0] is None
    assert len(set(asked[1:])) == 1
    assert asked[1] is not None
    assert asked[1].timestamp() % 86400 == 0


@pytest.mark.slow
async def test_of_those_that_wait_for_the_limit_the_urgent_one_is_next(
    environment: pytest.MonkeyPatch, start: Start
) -> None:
    environment.setenv("HUTCH_XBOT__ASK_AGAIN", "6")
    async with start() as bot:
        await bot.configure("rate_limits", postingPerHour=1)
        await bot.reaches(await bot.write("first"), "POSTED")
        waiting = [await bot.write(f"urgency {n}", priority=n) for n in (10, 50, 90, 20)]

        async def all_ask_together() -> bool:
            instants = {(await bot.post(post))["notBefore"] for post in waiting}
            soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
            return len(instants) == 1 and (instants.pop() or "") > soon

        await until(all_ask_together, 60)
        await bot.configure("rate_limits", postingPerHour=2)
        await bot.reaches(waiting[2], "POSTED")
        assert bot.x.texts == ["urgency 90", "first"]


@pytest.mark.req("XB-35")
async def test_the_same_text_is_refused_when_it_is_scheduled(bot: Bot) -> None:
    await bot.reaches(await bot.write(TEXT), "POSTED")
    again = await bot.draft(f"  {TEXT.upper()}\n")
    problem = await bot.schedule(again, 422)
    assert problem["detail"] == "A post that says the same was posted this week: change the text."
    waiting = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await bot.write("other words", at=waiting)
    problem = await bot.schedule(await bot.draft("Other  words"), 422)
    assert "waits to be posted" in problem["detail"]
    assert bot.x.texts == [TEXT]


async def twin(bot: Bot, text: str) -> str:
    """Make a post that the check for the same text has not seen."""
    post = Post(
        id="twin", text=text, topic="tea", tags=[], content_hash="", priority=50, score=None,
        scheduled_for=datetime.now(UTC), status=PostStatus.WAITING, created_at=datetime.now(UTC),
    )  # fmt: skip
    async with bot.t.get(Database).session() as session:
        session.add(post)
    await run(bot, "twin")
    return "twin"


@pytest.mark.req("XB-35")
async def test_of_two_that_say_the_same_the_claim_lets_one_out(bot: Bot) -> None:
    await bot.reaches(await bot.write(TEXT), "POSTED")
    refused = await bot.reaches(await twin(bot, TEXT.upper()), "REFUSED")
    assert "the same content was let out within the last 24 hours to 7 days" in refused["reason"]
    assert bot.x.texts == [TEXT]


@pytest.mark.req("XB-35")
async def test_a_post_that_fails_frees_its_content(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch)
    failed = await bot.reaches(await bot.write(TEXT), "FAILED")
    assert failed["reason"] == "FailPermanent: never"
    monkeypatch.undo()
    await bot.reaches(await bot.write(TEXT), "POSTED")
    assert bot.x.texts == [TEXT]


async def test_a_post_waits_while_its_account_is_refused(bot: Bot) -> None:
    revoked = {"accessToken": "revoked", "refreshToken": "used-up"}
    await bot.ask("PUT", "/api/account", json=bot.x.account | revoked)
    post = await bot.write(TEXT)
    await until(lambda: waits(bot, post, "connect the account again"))
    await bot.ask("PUT", "/api/account", json=bot.x.account)
    assert (await bot.reaches(post, "POSTED"))["reason"] is None
    assert bot.x.texts == [TEXT]


async def test_a_post_that_waits_for_its_account_can_be_taken_back(bot: Bot) -> None:
    revoked = {"accessToken": "revoked", "refreshToken": "used-up"}
    await bot.ask("PUT", "/api/account", json=bot.x.account | revoked)
    post = await bot.write(TEXT)
    await until(lambda: waits(bot, post, "connect the account again"))
    await bot.ask("DELETE", f"/api/posts/{post}", 204)
    assert await bot.is_at(post, "CANCELLED")


async def test_without_an_account_a_post_waits_and_says_why(start: Start) -> None:
    async with start(connected=False) as bot:
        problem = await bot.ask("GET", "/api/account", 404)
        assert problem["detail"] == "No account is connected: connect the bot's account on X first."
        post = await bot.write(TEXT)
        await until(lambda: waits(bot, post, problem["detail"]))
        await bot.ask("PUT", "/api/account", json=bot.x.account)
        await bot.reaches(post, "POSTED")


async def waits(bot: Bot, post: str, reason: str) -> bool:
    shown = await bot.post(post)
    assert shown["status"] == "WAITING"
    return reason in (shown["reason"] or "")


async def test_a_lost_answer_posts_nothing_twice(bot: Bot) -> None:
    bot.x.fault(Fault.LOST_AFTER_COMMIT)
    await bot.reaches(await bot.write(TEXT), "POSTED")
    assert bot.x.texts == [TEXT]


@pytest.mark.req("XB-51", "XB-35")
async def test_whoever_dies_before_the_note_of_a_post_is_followed_by_one_who_finds_it(
    idle: Bot,
) -> None:
    post = await idle.write(TEXT)
    row = await idle.t.get(Posts).get(post)
    await idle.t.get(Posts).plan(row, await idle.t.get(StoredAccount).get(ACCOUNT))
    await idle.t.get(Publisher).publish(Outgoing(post, ACCOUNT, TEXT))
    posting, claimed = idle.t.get(Posting), asyncio.Event()

    async def never_ends() -> None:
        claimed.set()
        await asyncio.Event().wait()

    # The claim of one who died is still there, and nothing is noted.
    dead = asyncio.create_task(idle.t.get(Contents).run(TEXT, never_ends))
    await claimed.wait()
    tweet = await posting.post(row)
    dead.cancel()
    await asyncio.wait([dead])
    # Now it is free: the next one notes it; and one more finds the note of that.
    assert [await posting.post(row) for _ in range(2)] == [tweet, tweet]
    await run(idle, post)
    await idle.t.drain()
    assert (await idle.post(post))["status"] == "POSTED"
    assert idle.x.texts == [TEXT]


async def test_switched_off_it_posts_nothing(bot: Bot) -> None:
    await bot.configure("feature_flags", posting=False)
    post = await bot.write(TEXT)

    async def snoozed() -> bool:
        return (await bot.t.get(QueueAdmin).stats("pending_posts")).delayed == 1

    await until(snoozed)
    assert bot.x.texts == []
    await bot.configure("feature_flags", posting=True)
    await bot.reaches(post, "POSTED")


async def test_a_post_that_waits_for_the_limit_can_be_taken_back(idle: Bot) -> None:
    await idle.configure("rate_limits", postingPerHour=1)
    posts = [await idle.write(f"post {number}") for number in range(2)]
    await idle.work()
    [waits] = [post for post in posts if await idle.is_at(post, "WAITING")]
    assert (await idle.post(waits))["notBefore"]
    await idle.ask("DELETE", f"/api/posts/{waits}", 204)
    await idle.configure("rate_limits", postingPerHour=5)
    await run(idle, waits)
    await idle.t.drain()
    assert await idle.is_at(waits, "CANCELLED")
    assert len(idle.x.texts) == 1

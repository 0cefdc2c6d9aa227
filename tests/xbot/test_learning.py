"""Learning: each tweet counts once, whatever dies in between, and changes the next choice."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from tests.xbot.conftest import Start
from tests.xbot.running import NOON, NOW, Bot, measured, until

from hutch_cache import Cache
from hutch_database import Database
from hutch_lock import Locks
from hutch_queue import Queue, QueueAdmin
from kit.tallies import Tallies, TalliesUnavailable
from xbot.jobs.analytics import AnalyticsJobs
from xbot.keys import BASELINE, LAST_INGEST, LEARN_LOCK, arm
from xbot.models import Reward, Tweet
from xbot.services import learning
from xbot.services.beliefs import Beliefs
from xbot.services.learning import Learning
from xbot.services.tweets import Tweets


async def counted(bot: Bot, kind: str, name: str | int) -> list[int]:
    return await bot.t.get(Tallies).read([arm(kind, name, "alpha"), arm(kind, name, "beta")])


@pytest.mark.req("XB-44", "XB-48", "XB-50")
async def test_each_tweet_counts_once_for_its_topic_hour_and_tag(idle: Bot) -> None:
    await measured(
        idle, ("tea", "green", 9, 50), ("tea", "black", 9, 10), ("milk", "green", 12, 30)
    )
    learning = idle.t.get(Learning)
    assert await learning.baseline() == 30
    assert [await learning.ingest(), await learning.ingest()] == [3, 0]
    assert await counted(idle, "topic", "tea") == [1, 1]
    assert await counted(idle, "topic", "milk") == [1, 0]
    assert await counted(idle, "hour", 9) == [1, 1]
    assert await counted(idle, "hour", 12) == [1, 0]
    assert await counted(idle, "tag", "green") == [2, 0]
    assert await learning.baseline() == 30.0  # the mean of 50, 10 and 30
    last = await idle.t.get(Tallies).mark(LAST_INGEST)
    assert datetime.fromisoformat(last) > NOW
    await measured(idle, ("tea", "green", 9, 31), first=3)
    assert await learning.ingest() == 1
    assert await counted(idle, "topic", "tea") == [2, 1]
    assert await learning.baseline() == (50 + 10 + 30 + 31) / 4
    assert await idle.t.get(Tallies).mark(LAST_INGEST) > last


@pytest.mark.req("XB-44")
async def test_a_tag_that_no_key_has_room_for_counts_like_any_other(idle: Bot) -> None:
    others, long = "緑茶" * 60, "緑茶" * 59
    await measured(idle, ("tea", long, 9, 50), ("tea", others, 9, 10), ("tea", long, 9, 60))
    assert await idle.t.get(Learning).ingest() == 3
    assert [await counted(idle, "tag", tag) for tag in (long, others)] == [[2, 0], [0, 1]]
    found = await idle.ask("GET", "/api/learning")
    assert {tag["name"]: tag["successes"] for tag in found["tags"]} == {long: 2, others: 0}
    assert (await idle.client.get("/learning")).status_code == 200


@pytest.mark.req("XB-48", "C-45")
async def test_who_dies_between_the_database_and_the_counters_loses_nothing(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    learning, tallies = idle.t.get(Learning), idle.t.get(Tallies)
    await measured(idle, ("tea", "green", 9, 50))

    async def dies(*_: object) -> None:
        raise TalliesUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(type(tallies), "advance", dies)
        with pytest.raises(TalliesUnavailable):
            await learning.ingest()
    assert await counted(idle, "topic", "tea") == [0, 0]
    await measured(idle, ("tea", "green", 9, 50), first=1)
    assert await learning.ingest() == 1
    assert await counted(idle, "topic", "tea") == [2, 0]


@pytest.mark.req("XB-44", "C-45")
async def test_counters_that_are_lost_come_back_from_the_database(idle: Bot) -> None:
    learning = idle.t.get(Learning)
    for first in (0, 2):
        await measured(idle, ("tea", "green", 9, 50), ("milk", "white", 9, 1), first=first)
        await learning.ingest()
    client: Any = idle.redis.state
    for pattern in ("bandit:*", "learn:*"):
        async for key in client.scan_iter(match=f"{idle.redis.keys.prefix}{pattern}"):
            await client.delete(key)
    assert await counted(idle, "topic", "tea") == [0, 0]
    assert await learning.ingest() == 0
    assert await counted(idle, "topic", "tea") == [2, 0]
    assert await counted(idle, "hour", 9) == [2, 2]


async def test_what_was_measured_last_long_ago_is_not_looked_through_again(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_XBOT__MEASURED_DAYS", "1")
    async with start(services=False) as bot:
        await measured(bot, ("tea", "green", 9, 50), at=NOON - timedelta(days=32))
        await measured(bot, ("milk", "white", 9, 50), at=NOON - timedelta(days=28), first=1)
        assert await bot.t.get(Learning).ingest() == 1
        assert await counted(bot, "topic", "milk") == [1, 0]


@pytest.mark.req("XB-50")
async def test_the_baseline_is_kept_anew_by_each_batch_and_by_nothing_else(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    learning, tallies, cache = idle.t.get(Learning), idle.t.get(Tallies), idle.t.get(Cache)
    await idle.configure("bandit_priors", baseline=7.0)
    assert await learning.baseline() == 7
    await idle.configure("bandit_priors", baseline=8.0)
    assert await learning.baseline() == 8
    await measured(idle, ("tea", "green", 9, 50))

    async def dies(*_: object) -> None:
        raise TalliesUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(type(tallies), "mark", dies)
        with pytest.raises(TalliesUnavailable):
            await learning.ingest()
    assert await cache.get(BASELINE.key()) is None
    assert await learning.ingest() == 0
    assert await cache.get(BASELINE.key()) == 50
    await cache.delete(BASELINE.key())
    assert await learning.ingest() == 0
    assert await cache.get(BASELINE.key()) is None
    assert await learning.baseline() == 50


@pytest.mark.req("XB-49")
async def test_only_one_learns_at_a_time(bot: Bot) -> None:
    admin = bot.t.get(QueueAdmin)
    async with bot.t.get(Locks).hold(LEARN_LOCK, ttl=timedelta(minutes=5)):
        await measured(bot, ("tea", "green", 9, 50))
        await bot.t.get(Queue).enqueue(AnalyticsJobs.learn(), key="mine")

        async def snoozed() -> bool:
            return (await admin.job("analytics_processing", "mine")).state == "delayed"

        await until(snoozed)
        assert await bot.t.get(Learning).learned() == 0

    async def is_counted() -> bool:
        return await counted(bot, "topic", "tea") == [1, 0]

    await until(is_counted)
    assert await bot.t.get(Learning).learned() == 1


async def test_figures_from_before_a_tweet_has_settled_are_not_learned_from(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    age = (NOW - NOON).total_seconds()
    environment.setenv("HUTCH_XBOT__SETTLED_AFTER", str(age + 3600))
    async with start(services=False) as bot:
        await measured(bot, ("tea", "green", 12, 50))
        assert await bot.t.get(Learning).ingest() == 0


@pytest.mark.req("XB-52", "XB-44")
async def test_from_a_post_to_the_next_choice(idle: Bot) -> None:
    """The sandbox's people like one topic more; the bot finds out, and chooses it."""
    idle.x.state.world.topics = {"coffee": 2.0, "tea": 0.0}
    await idle.configure("bandit_priors", baseline=1.0)
    await idle.configure("rate_limits", postingPerHour=100, apiPerMinute=1000)
    for topic in ("coffee", "tea"):
        for number in range(8):
            await idle.write(f"{number} times #{topic}", topic)
    await idle.work()
    found = await idle.ask("GET", "/api/learning")
    topics = {b["name"]: (b["successes"], b["failures"]) for b in found["topics"]}
    assert (found["learned"], topics) == (16, {"coffee": (8, 0), "tea": (0, 8)})
    assert {b["name"]: b["successes"] for b in found["tags"]} == {"coffee": 8, "tea": 0}
    choices = [await idle.t.get(Beliefs).choose(Random(seed), NOW) for seed in range(50)]
    assert Counter(choice.topic for choice in choices)["coffee"] > 45
    path = "/api/drafts/suggestion?seed=5"
    suggestion = await idle.ask("GET", path)
    assert suggestion == await idle.ask("GET", path)
    assert suggestion["topic"] in suggestion["text"]
    for tweet in await idle.stored("coffee"):
        async with idle.t.get(Database).session() as session:
            reward = await session.get(Reward, tweet["id"])
        assert reward is not None
        assert reward.engagement == tweet["likes"] + tweet["shares"] + tweet["replies"]
        assert (await idle.t.get(Tweets).get(tweet["id"])).likes == tweet["likes"]


async def test_tweets_that_never_settle_keep_no_others_from_being_learned_from(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 2)
    now = datetime.now(UTC)
    async with idle.t.get(Database).session() as session:
        for number in range(6):
            # Of the oldest four, X has told nothing since before they settled.
            told = now - timedelta(days=50) if number < 4 else now
            session.add(
                Tweet(
                    id=str(number), post_id=str(number), text="x", topic="tea", tags=[], url="",
                    posted_at=now - timedelta(days=20 - number), ask_at=now, likes=1, shares=0,
                    replies=0, measured_at=told,
                )
            )  # fmt: skip
    assert await idle.t.get(Learning).ingest() == 2
    assert await idle.t.get(Learning).ingest() == 0

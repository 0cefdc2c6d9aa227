"""Two stores: Redis first, the database behind, and nothing lost or doubled between them."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.hutch_outbox.conftest import away
from tests.postgres import Server
from tests.xbot.conftest import Start
from tests.xbot.running import Bot, until

from hutch_lock import Locks
from hutch_outbox import Outbox
from hutch_queue import JobInfo, Queue, QueueAdmin
from kit.platforms import FailPermanent, XClient
from kit.sandbox import Fault
from xbot.configuration import RedisConfig
from xbot.jobs.analytics import AnalyticsJobs
from xbot.jobs.sync import SyncJobs
from xbot.keys import SYNC_LOCK
from xbot.schemas import TweetData
from xbot.services.configuration import Configuration
from xbot.services.tweets import Tweets

QUEUE = "sync_to_supabase"


def tweet(number: int, likes: int | None = None, minutes: int = 0) -> TweetData:
    measured = None if likes is None else datetime(2026, 1, 2, 0, minutes, tzinfo=UTC)
    return TweetData(
        id=str(number), post_id=f"p{number}", text=f"tweet {number}", topic="tea", tags=("tea",),
        url="", posted_at=datetime.now(UTC), likes=likes, measured_at=measured,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.req("XB-31", "C-45")
async def test_after_an_outage_of_the_database_the_backlog_drains(
    start: Start, environment: pytest.MonkeyPatch, postgres: Server
) -> None:
    url = await postgres.new_database()
    environment.setenv("DATABASE_URL", url)
    async with start() as bot:
        admin, tweets = bot.t.get(QueueAdmin), bot.t.get(Tweets)
        await bot.configure("redis_config", recentTweets=100)

        async def told() -> bool:
            return (await admin.stats(QUEUE)).completed == 1

        await until(told)  # the job makes the cache forget what it had
        assert (await bot.t.get(Configuration).get(RedisConfig)).recent_tweets == 100
        assert await tweets.recent() == []
        async with away(postgres, url):
            for number in range(40):
                await tweets.show(tweet(number))
                call = SyncJobs.tweet(tweet(number))
                await bot.t.get(Queue).enqueue(call, key=f"tweet-{number}")
            assert [t.id for t in await tweets.recent()] == [str(n) for n in reversed(range(40))]

            async def all_wait() -> bool:
                return (await admin.stats(QUEUE)).delayed == 40

            await until(all_wait)
            await admin.promote(QUEUE, *(f"tweet-{number}" for number in range(40)))
            await until(all_wait)

        async def drained() -> bool:
            return len(await bot.stored()) == 40

        await until(drained)
        stats = await admin.stats(QUEUE)
        assert (stats.waiting, stats.delayed, stats.failed) == (0, 0, 0)
        jobs = [await admin.job(QUEUE, f"tweet-{number}") for number in range(40)]
        assert [job.failures for job in jobs] == [[]] * 40
        assert sorted(int(t["id"]) for t in await bot.stored()) == list(range(40))


@pytest.mark.slow
async def test_on_postgres_the_main_path(
    start: Start, environment: pytest.MonkeyPatch, postgres: Server
) -> None:
    environment.setenv("DATABASE_URL", await postgres.new_database())
    environment.setenv("HUTCH_QUEUE__BACKEND", "memory")
    async with start(services=False) as bot:
        await bot.configure("model_weights", leastSamples=10)
        await bot.configure("rate_limits", postingPerHour=100)
        for number in range(12):
            await bot.write(f"{number} cups of #tea")
        await bot.work()
        assert len(bot.x.texts) == len(await bot.stored()) == 12
        found = await bot.ask("GET", "/api/learning")
        assert (found["learned"], found["model"]["samples"]) == (12, 12)
        [figures] = (await bot.ask("GET", "/api/statistics"))["topics"]
        assert (figures["tweets"], figures["measured"]) == (12, 12)


@pytest.mark.req("XB-27", "XB-28")
@pytest.mark.parametrize(
    ("name", "priority", "attempts"),
    [("tweet", 50, 3), ("figures", 50, 3), ("config", 50, 3), ("measure", 25, 5), ("learn", 25, 5)],
)
def test_each_job_has_the_documents_priority_and_attempts(
    name: str, priority: int, attempts: int
) -> None:
    calls = {
        "tweet": SyncJobs.tweet(tweet(1)),
        "figures": SyncJobs.figures(tweet(1)),
        "config": SyncJobs.config("rate_limits"),
        "measure": AnalyticsJobs.measure(),
        "learn": AnalyticsJobs.learn(),
    }
    spec = calls[name].job.options
    assert (spec.name, spec.priority, spec.attempts) == (name, priority, attempts)
    assert [spec.backoff(attempt) for attempt in (1, 2)] == [1, 2]


@pytest.mark.req("XB-17")
async def test_one_writes_at_a_time(bot: Bot) -> None:
    async with bot.t.get(Locks).hold(SYNC_LOCK, ttl=timedelta(minutes=10)):
        await bot.t.get(Queue).enqueue(SyncJobs.tweet(tweet(1)))

        async def active() -> bool:
            return (await bot.t.get(QueueAdmin).stats(QUEUE)).active == 1

        await until(active)
        assert await bot.stored() == []

    async def stored() -> bool:
        return len(await bot.stored()) == 1

    await until(stored)


@pytest.mark.req("XB-31")
async def test_writing_twice_changes_nothing_and_older_figures_replace_no_newer(idle: Bot) -> None:
    tweets = idle.t.get(Tweets)
    for data in (tweet(1), tweet(1, likes=5, minutes=5), tweet(1, likes=3, minutes=3), tweet(1)):
        await (tweets.store_figures(data) if data.likes else tweets.store(data))
    [stored] = await idle.stored()
    assert stored["likes"] == 5
    # Figures may come before the tweet itself: then they bring it.
    await tweets.store_figures(tweet(2, likes=7))
    await tweets.store(tweet(2))
    assert [t["likes"] for t in await idle.stored()] == [5, 7]


async def test_no_more_than_asked_for_are_listed_the_newest(idle: Bot) -> None:
    for number in (1, 2, 3):
        await idle.t.get(Tweets).store(tweet(number))
    query = {"topic": "tea", "limit": 2}
    listed = await idle.ask("GET", "/api/tweets/stored", params=query)
    assert [one["text"] for one in listed] == ["tweet 2", "tweet 3"]
    await idle.ask("GET", "/api/tweets/stored", 422, params=query | {"limit": 501})


@pytest.mark.req("XB-10")
async def test_a_tweet_comes_from_redis_and_from_the_database_where_that_has_forgotten_it(
    idle: Bot,
) -> None:
    tweets = idle.t.get(Tweets)
    await tweets.show(tweet(1))
    assert (await idle.ask("GET", "/api/tweets/1"))["text"] == "tweet 1"
    await idle.ask("GET", "/api/tweets/2", 404)
    await tweets.store(tweet(2))
    assert (await idle.ask("GET", "/api/tweets/2"))["text"] == "tweet 2"
    key = idle.redis.key("cache", "tweet", "2")
    assert await idle.redis.cache.ttl(key) > 86_000


async def test_a_limit_of_x_costs_no_attempt(bot: Bot) -> None:
    await bot.configure("rate_limits", apiPerMinute=1000)
    await bot.reaches(await bot.write("One #tea"), "POSTED")
    bot.x.fault(Fault.RATE_LIMITED)
    post = await bot.write("Two #tea")

    async def job() -> JobInfo:
        return await bot.t.get(QueueAdmin).job("pending_posts", post)

    async def deferred() -> bool:
        later = (await bot.post(post))["notBefore"] is not None
        # The post says so in the job's own transaction, before the queue hears of it.
        return later and (await job()).state == "delayed"

    await until(deferred)
    assert (await job()).failures == []


@pytest.mark.req("XB-09")
async def test_the_calls_of_a_minute_are_limited(idle: Bot) -> None:
    await idle.configure("rate_limits", apiPerMinute=1)
    await idle.write("One #tea")
    await idle.work()
    assert len(idle.x.texts) == 1
    [stored] = await idle.stored()
    if stored["likes"] is None:  # else a new minute has begun
        stats = await idle.t.get(QueueAdmin).stats("analytics_processing")
        assert stats.delayed == 1


async def test_recent_tweets_show_figures_as_soon_as_they_are_stored(idle: Bot) -> None:
    await idle.write("Green tea #tea")
    await idle.t.get(Outbox).relay()
    await idle.t.drain()
    assert [t["likes"] for t in await idle.ask("GET", "/api/tweets")] == [None]
    await idle.work()
    [recent] = await idle.ask("GET", "/api/tweets")
    assert recent["likes"] is not None
    assert recent == (await idle.stored())[0]


async def test_what_x_refuses_to_measure_holds_nothing_up(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    async def refuse(*_: object) -> None:
        nonlocal calls
        calls += 1
        raise FailPermanent("one of the ids is none")

    await idle.write("Green tea #tea")
    with monkeypatch.context() as patch:
        patch.setattr(XClient, "metrics", refuse)
        await idle.work()
        await idle.work()
    assert calls == 1
    [stored] = await idle.stored()
    assert stored["likes"] is None

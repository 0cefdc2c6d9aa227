"""The keys of xBOT in Redis, after it was used: these and no others, all under the prefix."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.xbot.conftest import Start
from tests.xbot.running import Bot, until

from hutch.discovery import Discovery
from hutch_auth import OPERATOR, Users
from hutch_cache import Cache
from hutch_lock import Locks, content_hash
from hutch_queue import QueueAdmin
from hutch_redis import KeyClass, Redis, RedisSettings, open_redis
from hutch_redis.housekeeping import Namespace
from hutch_redis.testing import keys_outside, temporary_server
from xbot.keys import LEARN_LOCK, POSTING_LOCK, SYNC_LOCK
from xbot.services.limits import ConfiguredLimits

MINUTE, HOUR, DAY = 60, 3600, 86_400
TEXT = "Green tea #tea"
DIGEST = content_hash(TEXT)
# fmt: off
KEYS = {
    rf"rate_limit:posting:{datetime.now(UTC):%Y-%m-%d}T\d\d": HOUR,
    rf"rate_limit:api:{datetime.now(UTC):%Y-%m-%d}T\d{{4}}": MINUTE,
    r"cache:tweet:\d{1,19}": DAY,
    r"cache:config:(rate_limits|feature_flags|redis_config|bandit_priors|model_weights)": HOUR,
    r"tweets:recent": 30 * MINUTE,
    r"stats:daily:\d{4}-\d\d-\d\d": 7 * DAY,
    r"stats:hourly:\d{4}-\d\d-\d\dT\d\d": 48 * HOUR,
    r"temp:draft:[0-9a-f]{32}:1h": HOUR,
    r"temp:session:[0-9a-f]{64}:24h": DAY,
    rf"dedup:tweet:{DIGEST}": DAY,
    rf"content_hash:sha256:{DIGEST}": 7 * DAY,
    r"bandit:topic:tea:(alpha|beta)": None,
    r"bandit:hour:\d{1,2}:(alpha|beta)": None,
    r"bandit:tag:tea:(alpha|beta)": None,
    r"learn:last_ingest": None,
    r"learn:performance_baseline": None,
    r"model:weights:v1": None,
    r"model:performance:accuracy": None,
    r"model:training:last_update": None,
}
# fmt: on
"""Those of its document, and the seconds that they live at most; None is for ever."""
OF_MODULES = (
    r"(dedup:tweet|content_hash:sha256):[0-9a-f]{64}",
    r"cache-(counts|claim:.+)",
    r"q:\{(pending_posts|sync_to_supabase|analytics_processing)\}:.+",
    r"stats:writer:.+",
    r"ratelimit-token:.+",
    r"auth:.+",
    r"session(s|-index|-next)?:.+",
    r"fence",
)


async def scan(redis: Redis) -> dict[str, int]:
    """All keys below the prefix, without it, and how many seconds they live."""
    client: Any = redis.state
    found = [key.decode() async for key in client.scan_iter(match=f"{redis.keys.prefix}*")]
    return {key.removeprefix(redis.keys.prefix): await client.ttl(key) for key in found}


async def use(bot: Bot) -> None:
    """Do everything that leaves a key behind."""
    await bot.t.get(Users).add("ada", "correct horse battery", [OPERATOR])
    form = {"name": "ada", "password": "correct horse battery", "next": "/"}
    await bot.client.post("/monitor/login", data=form, headers={"sec-fetch-site": "same-origin"})
    await bot.configure("model_weights", leastSamples=10)
    await bot.configure("rate_limits", postingPerHour=100, apiPerMinute=1000)
    await bot.draft("stays a draft")
    for number in range(10):
        await bot.write(f"{number} cups")
    post = await bot.write(TEXT)
    await bot.reaches(post, "POSTED")

    async def learned() -> bool:
        found = await bot.ask("GET", "/api/learning")
        return found["model"] is not None and found["learned"] == 11

    await until(learned)
    assert len(await bot.ask("GET", "/api/tweets")) == 11
    await bot.t.get(ConfiguredLimits).call()  # the minute of the calls before may be over


@pytest.fixture
async def own_server(environment: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A server that nobody else uses."""
    async with temporary_server() as server:
        environment.setenv("REDIS_URL", server.url)
        environment.setenv("REDIS_PREFIX", "stg:")
        yield server.url


@pytest.mark.req(
    "XB-02", "XB-10", "XB-12", "XB-20", "XB-21", "XB-43", "XB-44", "XB-45", "XB-46", "XB-48"
)
async def test_these_keys_and_times_and_no_others_all_under_the_prefix(
    start: Start, own_server: str
) -> None:
    settings = RedisSettings.model_validate({"url": own_server, "prefix": "stg:"})
    async with asynccontextmanager(open_redis)(settings) as redis, start() as bot:
        await use(bot)
        found = await scan(redis)
        assert await keys_outside(redis.state, "stg:") == []
        audit = await Namespace(redis, "*").audit(bot.t.app.get(Discovery).declared(KeyClass))
    for pattern, seconds in KEYS.items():
        ours = {key: left for key, left in found.items() if re.fullmatch(pattern, key)}
        assert ours, f"{pattern} is not among {sorted(found)}"
        for key, left in ours.items():
            assert left == -1 if seconds is None else 0 <= left <= seconds, (key, left)
    known = (*KEYS, *OF_MODULES)
    assert [key for key in found if not any(re.fullmatch(p, key) for p in known)] == []
    assert audit.faults == []
    # What has no class is the modules' own.
    assert audit.undeclared.keys().isdisjoint(key.split(":")[0] for key in KEYS)


@pytest.mark.req("XB-16", "XB-17", "XB-49")
async def test_the_locks_have_the_documents_keys(idle: Bot) -> None:
    expected = {
        POSTING_LOCK: ("lock:posting_in_progress", 5 * MINUTE),
        SYNC_LOCK: ("lock:sync_in_progress", 10 * MINUTE),
        LEARN_LOCK: ("learn:processing_lock", 5 * MINUTE),
    }
    for name, (key, seconds) in expected.items():
        async with idle.t.get(Locks).hold(name, ttl=timedelta(seconds=seconds)):
            assert seconds - 5 < (await scan(idle.redis))[key] <= seconds


@pytest.mark.req("XB-03")
async def test_two_environments_on_one_server_do_not_see_each_other(
    start: Start, environment: pytest.MonkeyPatch, redis_prefix: str, tmp_path: Any
) -> None:
    async with start(services=False) as staging:
        await staging.configure("rate_limits", postingPerHour=1)
        draft = await staging.draft(TEXT)
        await staging.write("waits here")
        environment.setenv("REDIS_PREFIX", f"other-{redis_prefix}")
        environment.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
        async with start() as production:
            assert (await production.ask("GET", "/api/config/rate_limits"))["version"] == 0
            await production.ask("GET", f"/api/drafts/{draft}", 404)
            await production.reaches(await production.write(TEXT), "POSTED")
            assert production.x.texts == [TEXT]
            admin = staging.t.get(QueueAdmin)
            assert (await admin.stats("sync_to_supabase")).completed == 0
            assert await staging.ask("GET", "/api/tweets") == []
            async with staging.t.get(Locks).hold(POSTING_LOCK, ttl=timedelta(minutes=5)):
                await production.reaches(await production.write("second"), "POSTED")


@pytest.mark.req("XB-12")
async def test_the_recent_tweets_are_bounded(idle: Bot) -> None:
    await idle.configure("redis_config", recentTweets=2)
    for number in range(3):
        await idle.write(f"number {number}")
    await idle.work()
    found = await idle.ask("GET", "/api/tweets")
    assert [tweet["text"] for tweet in found] == idle.x.texts[:2]
    await idle.t.get(Cache).clear("recent")
    assert [t["id"] for t in await idle.ask("GET", "/api/tweets")] == [t["id"] for t in found]

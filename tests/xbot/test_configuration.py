"""The configuration: six keys, versions, the cache for an hour, and what a change does."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update
from tests.xbot.conftest import Start
from tests.xbot.running import Bot

from hutch_database import Database
from hutch_queue import Queue
from xbot.configuration import KEYS, RateLimits
from xbot.jobs.sync import SyncJobs
from xbot.models import BotConfig
from xbot.services.configuration import Configuration

DEFAULTS: dict[str, dict[str, Any]] = {
    "schema_version": {"version": 1},
    "feature_flags": {"posting": True, "learning": True},
    "rate_limits": {"postingPerHour": 10, "apiPerMinute": 60},
    "redis_config": {"recentTweets": 50},
    "bandit_priors": {"alpha": 1.0, "beta": 1.0, "baseline": 30.0},
    "model_weights": {"leastSamples": 30, "mostSamples": 5000, "penalty": 1.0},
}


@pytest.mark.req("XB-36")
async def test_there_are_these_keys_with_these_values(idle: Bot) -> None:
    found = await idle.ask("GET", "/api/config")
    assert {view["key"]: view["value"] for view in found} == DEFAULTS
    assert {view["version"] for view in found} == {0}
    assert list(KEYS) == list(DEFAULTS)
    for key in KEYS:
        assert await idle.redis.cache.ttl(idle.redis.key("cache", "config", key)) > 3500


@pytest.mark.req("XB-36", "XB-37", "C-44")
async def test_a_change_raises_the_version_and_other_processes_see_it_at_once(
    start: Start, idle: Bot
) -> None:
    async with start(services=False, connected=False) as other:
        here, there = (app.t.get(Configuration) for app in (idle, other))
        assert (await there.get(RateLimits)).posting_per_hour == 10
        for version in (1, 2):
            changed = await idle.configure("rate_limits", postingPerHour=10 + version)
            assert changed["version"] == version
            assert (await there.get(RateLimits)).posting_per_hour == 10 + version
        assert await there.view("rate_limits") == await here.stored("rate_limits")


@pytest.mark.req("XB-36")
async def test_who_changes_an_old_version_is_told(idle: Bot) -> None:
    await idle.configure("redis_config", recentTweets=7)
    for version in (0, 2):
        change = {"version": version, "value": {"recentTweets": 9}}
        problem = await idle.ask("PUT", "/api/config/redis_config", 409, json=change)
        assert problem["detail"] == (
            f"'redis_config' is not at version {version} any more: read it again, then change it."
        )
    found = await idle.ask("GET", "/api/config/redis_config")
    assert (found["version"], found["value"]) == (1, {"recentTweets": 7})


MISFITS: tuple[tuple[str, dict[str, Any], int, str], ...] = (
    ("rate_limit", {}, 404, "There is no configuration 'rate_limit'; there are: schema"),
    ("rate_limits", {"postsPerHour": 3}, 422, "rate_limits has no 'postsPerHour'; it has: api"),
    ("rate_limits", {"postingPerHour": 0}, 422, "rate_limits.postingPerHour: Input should be"),
)


async def test_what_does_not_fit_is_refused(idle: Bot) -> None:
    for key, value, status, told in MISFITS:
        change = {"version": 0, "value": value}
        problem = await idle.ask("PUT", f"/api/config/{key}", status, json=change)
        assert problem["detail"].startswith(told)
    assert {view["version"] for view in await idle.ask("GET", "/api/config")} == {0}


@pytest.mark.req("XB-36")
async def test_the_schemas_version_is_shown_and_only_the_code_changes_it(idle: Bot) -> None:
    change = {"version": 0, "value": {"version": 2}}
    problem = await idle.ask("PUT", "/api/config/schema_version", 422, json=change)
    assert problem["detail"] == (
        "schema_version says how the values are made up: only the code changes it."
    )
    async with idle.t.get(Database).session() as session:
        row = {"key": "schema_version", "value": {"version": 2}, "version": 1}
        session.add(BotConfig(**row, changed_at=datetime.now(UTC)))
    found = await idle.ask("GET", "/api/config/schema_version")
    assert found == {"key": "schema_version", "version": 0, "value": {"version": 1}}
    page = (await idle.client.get("/configuration", headers={"accept": "text/html"})).text
    assert 'id="schema_version"' in page
    assert "/api/config/rate_limits" in page
    assert "/api/config/schema_version" not in page


@pytest.mark.req("XB-37")
async def test_with_redis_away_the_database_answers(
    environment: pytest.MonkeyPatch, start: Start, idle: Bot
) -> None:
    await idle.configure("rate_limits", postingPerHour=3)
    assert (await idle.t.get(Configuration).get(RateLimits)).posting_per_hour == 3
    environment.setenv("REDIS_URL", "redis://127.0.0.1:1")
    async with start(services=False, connected=False) as away:
        assert (await away.t.get(Configuration).get(RateLimits)).posting_per_hour == 3
        await away.configure("rate_limits", postingPerHour=4)
    # Nobody could tell the cache: the job does, once it reaches Redis.
    stale = await idle.t.get(Configuration).get(RateLimits)
    assert stale.posting_per_hour == 3
    await idle.t.get(Queue).enqueue(SyncJobs.config("rate_limits"))
    await idle.t.drain()
    assert (await idle.t.get(Configuration).get(RateLimits)).posting_per_hour == 4


@pytest.mark.req("XB-36", "XB-37")
async def test_who_is_late_to_show_a_change_does_not_hide_a_later_one(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show, late = Configuration.show, asyncio.Event()

    async def held(self: Configuration, *change: Any) -> Any:
        monkeypatch.setattr(Configuration, "show", show)
        await late.wait()
        return await show(self, *change)

    monkeypatch.setattr(Configuration, "show", held)
    first = asyncio.create_task(idle.configure("rate_limits", postingPerHour=3))
    stored = idle.t.get(Configuration).stored
    while (await stored("rate_limits")).version == 0:
        await asyncio.sleep(0.01)
    change = {"version": 1, "value": {"postingPerHour": 4}}
    await idle.ask("PUT", "/api/config/rate_limits", json=change)
    late.set()
    await first
    assert (await idle.t.get(Configuration).get(RateLimits)).posting_per_hour == 4


async def test_a_value_of_a_newer_version_is_read(idle: Bot) -> None:
    await idle.configure("rate_limits", postingPerHour=3)
    newer = {"postingPerHour": 5, "apiPerMinute": 60, "mood": "good"}
    async with idle.t.get(Database).session() as session:
        await session.execute(update(BotConfig).values(value=newer))
    await idle.redis.cache.delete(idle.redis.key("cache", "config", "rate_limits"))
    assert (await idle.t.get(Configuration).get(RateLimits)).posting_per_hour == 5

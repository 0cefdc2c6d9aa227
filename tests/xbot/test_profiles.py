"""Staging and production: files of variables that the app is started with."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from hutch_redis.testing import temporary_server
from hutch_vault import Key

ROOT = Path(__file__).parents[2]
DAY, HOUR, MINUTE = 86_400, 3600, 60
QUEUES = ("pending_posts", "sync_to_supabase", "analytics_processing")
# What a process with these variables comes to.
SCRIPT = """
import asyncio, json, logging
from datetime import UTC, datetime
from hutch import App, Module
from hutch.settings import CoreSettings, load
from hutch_cache import Cache
from hutch_queue.names import QueueName
from hutch_redis import Redis, redis_module
from xbot.keys import CONFIG, DRAFT, RECENT, TWEET
from xbot.module import xbot
from xbot.schemas import ConfigView, Draft, TweetData
from xbot.services import cached

tweet = TweetData(
    id="1", post_id="p", text="t", topic="tea", tags=(), url="", posted_at=datetime.now(UTC))
values = {
    TWEET.key("1"): tweet, RECENT.key(): [tweet],
    CONFIG.key("a"): ConfigView(key="a", version=1, value={}),
    DRAFT.key("1"): Draft(id="1", text="t", topic="tea", score=None),
}
app = App(Module("whole", imports=[xbot, cached, redis_module()]))

async def main():
    orders, answers = asyncio.Queue(), asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(app(scope, orders.get, answers.put))
    await orders.put({"type": "lifespan.startup"})
    assert (await answers.get())["type"] == "lifespan.startup.complete"
    redis, cache = app.running.get(Redis), app.running.get(Cache)
    ttls = {}
    for key, value in values.items():
        assert await cache.set(key, value)
        ttls[str(key)] = await redis.cache.ttl(redis.key(*key.parts))
    print(json.dumps({
        "ttls": ttls, "capacity": {q.name: q.capacity for q in app.graph.declared(QueueName)},
        "level": logging.getLevelName(logging.getLogger().level),
        "prefix": redis.keys.prefix, "profile": load(CoreSettings).profile.value,
    }))
    await orders.put({"type": "lifespan.shutdown"})
    await task

asyncio.run(main())
"""


def variables(profile: str) -> dict[str, str]:
    """Read a profile as a shell does."""
    text = (files("xbot") / "profiles" / f"{profile}.env").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def started(profile: str, environment: dict[str, str]) -> dict[str, Any]:
    told = {**os.environ, **environment, **variables(profile), "PYTHONPATH": "apps"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT, env=told, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout.splitlines()[-1]))


@pytest.fixture
async def environment(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    async with temporary_server() as server:
        yield {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'xbot.db'}",
            "HUTCH_AUTH__OPERATOR_TOKEN": "the-operators-own-token",
            "HUTCH_CACHE__JITTER": "0",
            "HUTCH_DATABASE__UPGRADE_AT_START": "true",
            "HUTCH_FILES__STORE": str(tmp_path / "files"),
            "HUTCH_ROLE": "web",
            "HUTCH_VAULT__KEYS": Key.generate("test").text(),
            "REDIS_URL": server.url,
        }


@pytest.mark.slow
@pytest.mark.req("XB-39", "XB-01")
async def test_staging_keeps_longer_holds_less_and_tells_more(environment: dict[str, str]) -> None:
    staging = await asyncio.to_thread(started, "staging", environment)
    production = await asyncio.to_thread(started, "production", environment)
    draft = {"temp:draft:1:1h": HOUR}  # its time is in its name
    assert staging == {
        "ttls": {"cache:tweet:1": 7 * DAY, "tweets:recent": 6 * HOUR, "cache:config:a": 12 * HOUR}
        | draft,
        "capacity": dict.fromkeys(QUEUES, 1_000),
        "level": "DEBUG",
        "prefix": "stg:",
        "profile": "development",
    }
    assert production == {
        "ttls": {"cache:tweet:1": DAY, "tweets:recent": 30 * MINUTE, "cache:config:a": HOUR}
        | draft,
        "capacity": dict.fromkeys(QUEUES, 100_000),
        "level": "WARNING",
        "prefix": "prod:",
        "profile": "production",
    }

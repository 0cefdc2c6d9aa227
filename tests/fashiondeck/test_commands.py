"""What operators do with fashiondeck from the command line."""

import json
from pathlib import Path

import pytest
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.processes import command
from tests.fashiondeck.running import Ebay, environment, refresh_of

from fashiondeck.jobs.refresh import RefreshJobs
from hutch_queue import Queue, QueueAdmin


@pytest.fixture
def env(ebay: Ebay, tmp_path: Path, redis_url: str, redis_prefix: str) -> dict[str, str]:
    told = environment(ebay.url, f"sqlite:///{tmp_path / 'deck.db'}")
    return told | {"REDIS_URL": redis_url, "REDIS_PREFIX": redis_prefix}


def test_the_database_is_upgraded(env: dict[str, str]) -> None:
    done = command(env | {"HUTCH_DATABASE__UPGRADE_AT_START": "false"}, "db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert "fashiondeck: 7c1f0a52e9d4 (newest)" in done.stdout


@pytest.mark.req("FD-28")
@pytest.mark.parametrize("words", [("test-redis",), ("redis", "test")])
def test_redis_is_tried_with_the_queue(env: dict[str, str], words: tuple[str, ...]) -> None:
    tried = command(env, *words)
    assert tried.returncode == 0, tried.stderr
    rows = [line.split("\t") for line in tried.stdout.splitlines() if "\t" in line]
    checks = ["connection", "set and get", "TTL", "JSON", "queue", "performance", "memory"]
    assert [row[:2] for row in rows if row[0] in ("ok", "failed")] == [["ok", c] for c in checks]


@pytest.mark.slow
@pytest.mark.req("FD-28")
def test_a_redis_that_is_away_fails_the_test(env: dict[str, str]) -> None:
    tried = command(env | {"REDIS_URL": "redis://127.0.0.1:1"}, "test-redis")
    assert tried.returncode == 1
    assert "connection" in tried.stdout


@pytest.mark.slow
@pytest.mark.req("FD-37")
def test_the_embedded_server_takes_two_gigabytes_if_told_so(
    env: dict[str, str], tmp_path: Path
) -> None:
    del env["REDIS_URL"]
    told = env | {"REDIS_MAX_MEMORY": "2gb", "HUTCH_REDIS__DATA": str(tmp_path / "data")}
    tried = command(told, "redis", "test")
    assert tried.returncode == 0, tried.stderr
    assert "2.00G" in tried.stdout


@pytest.mark.slow
@pytest.mark.req("FD-33", "C-52")
async def test_clearing_a_cache_leaves_the_others_and_the_queues(
    start: Start, on_redis: pytest.MonkeyPatch, env: dict[str, str]
) -> None:
    async with start(services=True) as deck:
        deck.ebay.leave("bags", 3)
        await deck.ask("bags")
        await deck.settled()
        await deck.search("backpack")
        cleared = command(env, "cache", "clear", "products", "--yes")
        assert cleared.stdout == "1 value(s) of products are removed.\n", cleared.stderr
        assert (await deck.search("backpack"))["hit"] is False
        assert (await deck.cache("query-embeddings"))["hits"] == 1, "another cache is as it was"
        assert (await deck.t.get(QueueAdmin).stats("embeddings")).completed == 3
        figures = json.loads(command(env, "cache", "stats", "--json").stdout)
        names = {"products", "prompts", "aesthetics", "embeddings", "query-embeddings"}
        assert {one["entry"] for one in figures} == names


@pytest.mark.slow
@pytest.mark.req("FD-35")
async def test_a_failed_refresh_is_looked_at_and_run_again(
    start: Start, on_redis: pytest.MonkeyPatch, env: dict[str, str]
) -> None:
    async with start(services=True) as deck:
        await deck.t.get(Queue).enqueue(RefreshJobs.refresh(refresh_of("hats")), key="hats")
        await deck.settled()
        shown = command(env, "queues", "job", "product-refresh", "hats")
        assert "ebay has no category 'hats'" in shown.stdout, shown.stderr
        again = command(env, "queues", "replay", "product-refresh", "hats")
        assert again.returncode == 0, again.stderr
        await deck.settled()
        failed = await deck.t.get(QueueAdmin).job("product-refresh", "hats")
        assert [failure.attempt for failure in failed.failures] == [1, 1]

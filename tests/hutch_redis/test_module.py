from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import hutch_redis
from hutch.contributions import Health
from hutch_redis import Redis, RedisSettings, open_redis, redis_module
from hutch_redis.testing import keys_outside


def test_is_the_same_module_each_time() -> None:
    module = redis_module()
    assert redis_module() is module
    assert module.exports == (Redis,)
    assert [part.name for part in module.contributions if isinstance(part, Health)] == ["redis"]


def test_public_names() -> None:
    assert sorted(hutch_redis.__all__) == [
        "AWAY",
        "EmbeddedError",
        "EmbeddedServer",
        "InvalidKey",
        "InvalidScript",
        "Keys",
        "Redis",
        "RedisRefused",
        "RedisSettings",
        "Script",
        "Tag",
        "load_script",
        "open_redis",
        "redis_module",
    ]


@pytest.mark.req("R24-02")
async def test_roles_of_one_server_share_a_client(redis: Redis) -> None:
    assert redis.state is redis.cache is redis.pubsub
    assert redis.blocking is not redis.state
    assert len(redis.servers) == 1


@pytest.mark.req("SD-10")
async def test_closes_every_connection_and_opens_again(redis_url: str, redis: Redis) -> None:
    settings = RedisSettings.model_validate({"url": redis_url, "pool_size": 3})

    async def connections() -> int:
        return int((await redis.state.info("clients"))["connected_clients"])

    before = await connections()
    for _ in range(2):
        async with asynccontextmanager(open_redis)(settings) as opened:
            assert await opened.state.ping()
            assert await opened.blocking.ping()
            assert await connections() == before + 2
        assert await connections() == before


async def test_without_a_url_it_runs_its_own_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    settings = RedisSettings(data=tmp_path, max_memory="64mb")
    async with asynccontextmanager(open_redis)(settings) as redis:
        assert await redis.state.incr(redis.key("x")) == 1
        assert (await redis.state.info("memory"))["maxmemory"] == 64 * 1024**2
        assert await keys_outside(redis.state, "app:") == []
        await redis.state.set("stray", 1)
        assert await keys_outside(redis.state, "app:", "other:") == ["stray"]
    assert (tmp_path / "valkey-9").is_dir()


async def test_with_a_url_for_each_role_no_server_is_run(tmp_path: Path, redis_url: str) -> None:
    settings = RedisSettings.model_validate(
        {"state": redis_url, "cache": redis_url, "pubsub": redis_url, "data": tmp_path / "none"}
    )
    async with asynccontextmanager(open_redis)(settings) as redis:
        assert await redis.blocking.ping()
    assert not (tmp_path / "none").exists()

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import hutch_redis
from hutch import Module
from hutch import testing as hutch_testing
from hutch.contributions import Health
from hutch_redis import Redis, RedisRefused, RedisSettings, open_redis, redis_module
from hutch_redis.testing import keys_outside


def test_is_the_same_module_each_time() -> None:
    module = redis_module()
    assert redis_module() is module
    assert module.exports == (Redis,)
    assert [part.name for part in module.contributions if isinstance(part, Health)] == ["redis"]


def test_public_names() -> None:
    assert sorted(hutch_redis.__all__) == [
        "AWAY",
        "Backend",
        "BatchFailed",
        "CleaningRefused",
        "Command",
        "EmbeddedError",
        "EmbeddedServer",
        "InvalidKey",
        "InvalidScript",
        "KeyClass",
        "Keys",
        "Life",
        "Redis",
        "RedisCheck",
        "RedisRefused",
        "RedisSettings",
        "Script",
        "Tag",
        "batch",
        "cannot_serve",
        "load_script",
        "open_redis",
        "redis_module",
        "usual_backend",
    ]


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, redis_url: str, redis_prefix: str
) -> None:
    """An environment in which only URL and prefix are set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REDIS_PREFIX", redis_prefix)


@dataclass
class Counter:
    """What a user writes."""

    redis: Redis

    async def next(self) -> int:
        return int(await self.redis.state.incr(self.redis.key("count")))


@dataclass
class Reader:
    """Another user of the same Redis."""

    redis: Redis


def app() -> Module:
    return Module("app", [redis_module()], [Counter, Reader], exports=[Counter, Reader])


@pytest.mark.req("R24-01", "R24-02")
@pytest.mark.usefixtures("environment")
async def test_an_app_boots_with_only_the_url_and_shares_one_redis() -> None:
    async with hutch_testing.testing(app()) as t:
        assert await t.get(Counter).next() == 1
        assert t.get(Counter).redis is t.get(Reader).redis
        assert (await t.client.get("/health/ready")).status_code == 200


@pytest.mark.req("R24-04")
async def test_an_app_starts_without_redis_and_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unused_tcp_port: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{unused_tcp_port}")
    async with hutch_testing.testing(app()) as t:
        assert (await t.client.get("/health/live")).status_code == 200
        assert (await t.client.get("/health/ready")).status_code == 503


@pytest.mark.req("SD-07")
@pytest.mark.usefixtures("environment")
async def test_an_app_does_not_start_with_a_refused_redis(
    monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("REDIS_URL", f"unix://:secret@{redis_url.partition('@')[2]}")
    with pytest.raises(
        RedisRefused, match="the password is wrong; correct REDIS_PASSWORD"
    ) as caught:
        async with hutch_testing.testing(app()):
            pass
    assert "secret" not in str(caught.value)


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


@pytest.mark.req("XB-42")
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


async def test_a_url_for_the_state_is_enough(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    settings = RedisSettings.model_validate({"state": redis_url, "data": tmp_path / "none"})
    async with asynccontextmanager(open_redis)(settings) as redis:
        assert await redis.blocking.ping()
    assert not (tmp_path / "none").exists()

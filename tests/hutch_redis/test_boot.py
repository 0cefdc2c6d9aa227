import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from structlog.testing import capture_logs
from tests.deadlines import fails_within, within
from tests.stuck_redis import WAYS, stuck_redis

from hutch.settings import CoreSettings, Profile
from hutch_redis import EmbeddedServer, Redis, RedisRefused, RedisSettings, open_redis
from hutch_redis.boot import Facts, refusal, warnings
from hutch_redis.clients import fast_client
from hutch_redis.roles import probe

FakeRedis = Callable[[Mapping[str, str]], Awaitable[str]]
GOOD = Facts("redis 7.2.4", "7.2.4", "noeviction", 1000, aof=True, skew=0)
INFO = {
    "redis_version": "7.2.4",
    "maxmemory_policy": "noeviction",
    "maxmemory": "1000",
    "aof_enabled": "1",
    "loading": "0",
}


def opened(url: str, **values: object) -> AbstractAsyncContextManager[Redis]:
    settings = RedisSettings.model_validate({"url": url, **values})
    return asynccontextmanager(open_redis)(settings)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A server of this test alone, to be configured wrongly."""
    async with EmbeddedServer(tmp_path) as server:
        yield server


async def configure(server: EmbeddedServer, *command: str) -> None:
    client = fast_client(server.url)
    await client.execute_command(*command)  # type: ignore[no-untyped-call]
    await client.aclose()


@pytest.mark.req("SD-01", "X-20")
@pytest.mark.parametrize(
    ("version", "accepted"),
    [("6.2.0", True), ("7.0.15", True), ("8.4", True), ("6.0.16", False), ("5.0.14", False)],
)
def test_redis_6_2_is_the_oldest(version: str, accepted: bool) -> None:
    reason = refusal(replace(GOOD, version=version), keeps_state=True)
    assert (reason is None) == accepted
    assert accepted or f"its version is {version}; install Redis 6.2 or newer" in (reason or "")


@pytest.mark.req("C-10", "X-20")
@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-ttl"])
def test_state_must_not_be_evicted(policy: str) -> None:
    facts = replace(GOOD, policy=policy)
    assert f"maxmemory-policy is {policy}" in (refusal(facts, keeps_state=True) or "")
    assert refusal(facts, keeps_state=False) is None


@pytest.mark.req("X-20")
@pytest.mark.parametrize(
    ("facts", "url", "message"),
    [
        (GOOD, "redis+sentinel://a/main", "it needs no password"),
        (replace(GOOD, aof=False), "redis://:x@host", "AOF is off"),
        (replace(GOOD, max_memory=0), "redis://:x@host", "maxmemory is not set"),
        (replace(GOOD, skew=-7.2), "redis://:x@host", "its clock is -7 s from ours"),
        (replace(GOOD, version=None), "redis://:x@host", r"INFO is denied.*allow `\+info`"),
        (GOOD, "redis://host", "it needs no password"),
    ],
)
def test_warns_of_what_works_but_is_unsafe(facts: Facts, url: str, message: str) -> None:
    (warning,) = warnings(facts, url, keeps_state=True, strict=False)
    assert pytest.raises(AssertionError, match=message).matches(AssertionError(warning))


def test_nothing_to_say_about_a_good_server() -> None:
    assert warnings(GOOD, "redis://:x@host", keeps_state=True, strict=True) == []
    assert warnings(GOOD, "redis://localhost", keeps_state=True, strict=False) == []
    assert warnings(GOOD, "unix:///run/redis.sock", keeps_state=True, strict=True) == []
    assert "no password" in warnings(GOOD, "redis://localhost", keeps_state=True, strict=True)[0]
    no_aof = replace(GOOD, aof=False, max_memory=0)
    assert warnings(no_aof, "redis://:x@host", keeps_state=False, strict=True) == []


@pytest.mark.req("SD-01")
async def test_an_old_server_is_refused_at_start(fake_redis: FakeRedis) -> None:
    url = await fake_redis(INFO | {"redis_version": "6.0.16"})
    with pytest.raises(RedisRefused, match=r"127\.0\.0\.1:\d+/0: its version is 6\.0\.16"):
        async with opened(url):
            pass


@pytest.mark.req("SD-04", "C-10", "R24-57")
async def test_an_evicting_server_is_refused_at_start(server: EmbeddedServer) -> None:
    await configure(server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    with pytest.raises(RedisRefused, match="maxmemory-policy is allkeys-lru"):
        async with opened(server.url):
            pass


@pytest.mark.req("C-10")
async def test_an_evicting_server_may_be_the_cache(server: EmbeddedServer, redis_url: str) -> None:
    await configure(server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    async with opened(redis_url, cache=server.url) as redis:
        assert await probe(redis) == ", ".join(one.name for one in redis.servers)
        assert len(redis.servers) == 2
        assert redis.cache is not redis.state


@pytest.mark.req("SD-07")
@pytest.mark.parametrize(
    ("password", "message"),
    [
        (":wrong-secret@", "the password is wrong; correct"),
        ("", "wants a password; set REDIS_PASS"),
    ],
)
async def test_a_wrong_or_missing_password_is_refused(
    server: EmbeddedServer, password: str, message: str
) -> None:
    url = f"unix://{password}{server.url.partition('@')[2]}"
    with pytest.raises(RedisRefused, match=message) as caught:
        async with opened(url):
            pass
    assert "secret" not in str(caught.value)


@pytest.mark.req("SD-07")
async def test_the_password_is_in_no_log_line(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with EmbeddedServer(tmp_path) as server:
            url = server.url
            async with opened(url):
                pass
        async with opened(url):
            pass
    assert {line["event"] for line in logs} >= {
        "embedded redis runs",
        "redis is connected",
        "redis is away, starting without it",
    }
    password = url.partition("unix://:")[2].partition("@")[0]
    assert len(password) >= 32
    assert password not in str(logs)


async def test_a_wrong_password_over_tcp_is_refused(
    server: EmbeddedServer, unused_tcp_port: int
) -> None:
    await configure(server, "CONFIG", "SET", "port", str(unused_tcp_port))
    with pytest.raises(RedisRefused, match="the password is wrong"):
        async with opened(f"redis://:nope@127.0.0.1:{unused_tcp_port}"):
            pass
    with pytest.raises(RedisRefused, match="it wants a password"):
        async with opened(f"redis://127.0.0.1:{unused_tcp_port}"):
            pass


async def test_a_server_that_speaks_another_protocol_is_refused(
    serve: Callable[..., Awaitable[str]],
) -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with pytest.raises(RedisRefused, match=r"127\.0\.0\.1:\d+/0 is no Redis; correct the host"):
        async with opened(await serve(web)):
            pass


async def test_a_database_that_is_not_there_is_refused(server: EmbeddedServer) -> None:
    with pytest.raises(RedisRefused, match=r"rejects us: .*out of range"):
        async with opened(f"{server.url}?db=99"):
            pass


@pytest.mark.req("C-34")
@pytest.mark.parametrize(
    ("rights", "warned"),
    [(("-config",), False), (("-config", "-info"), True)],
)
async def test_a_server_that_denies_config_or_info_is_coped_with(
    server: EmbeddedServer, rights: tuple[str, ...], warned: bool
) -> None:
    await configure(server, "ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", *rights)
    with capture_logs() as logs:
        async with opened(
            server.url.replace("unix://:", "unix://app:").replace(
                server.url.partition("unix://:")[2].partition("@")[0], "pw"
            )
        ) as redis:
            assert await probe(redis)
    assert any("INFO is denied" in line.get("reason", "") for line in logs) == warned


@pytest.mark.req("R24-04")
async def test_redis_away_at_start_is_checked_when_it_appears(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server:
        url = server.url

    async def start_and_stop() -> None:
        async with opened(url):
            pass

    await within(0.25, start_and_stop)
    with capture_logs() as logs:
        async with opened(url) as redis:
            with pytest.raises(RedisConnectionError):
                await probe(redis)
            async with server:
                assert await redis.patiently(redis.blocking.ping)
                await probe(redis)
                assert await redis.state.incr("x") == 1
    events = [line["event"] for line in logs]
    assert events.index("redis is away, starting without it") < events.index("redis is connected")


@pytest.mark.req("R24-04", "C-10")
async def test_a_wrong_server_that_appears_later_turns_readiness_red(fake_redis: FakeRedis) -> None:
    info = INFO | {"loading": "1", "maxmemory_policy": "volatile-lru"}
    with capture_logs() as logs:
        async with opened(await fake_redis(info)) as redis:
            with pytest.raises(BusyLoadingError, match="still loading"):
                await probe(redis)
            info["loading"] = "0"
            async with asyncio.timeout(5):
                while "redis is refused" not in [line["event"] for line in logs]:
                    await asyncio.sleep(0.01)
            with pytest.raises(RedisRefused, match="maxmemory-policy is volatile-lru"):
                await probe(redis)
            info["maxmemory_policy"] = "noeviction"
            await probe(redis)


@pytest.mark.req("C-31", "SD-07")
async def test_production_refuses_what_development_warns_of(fake_redis: FakeRedis) -> None:
    url = await fake_redis(INFO | {"aof_enabled": "0"})
    settings = RedisSettings.model_validate({"url": url})
    production = CoreSettings(profile=Profile.PRODUCTION)
    with pytest.raises(RedisRefused, match=r"\(strict\): AOF is off.* it needs no password"):
        async with asynccontextmanager(open_redis)(settings, production):
            pass
    with capture_logs() as logs:
        async with opened(url):
            pass
    assert [line["reason"] for line in logs if line["log_level"] == "warning"] == [
        "AOF is off, so a restart loses writes; set `appendonly yes`."
    ]
    async with opened(url, strict=False):
        pass


async def test_a_clock_that_differs_is_measured(fake_redis: FakeRedis) -> None:
    with capture_logs() as logs:
        async with opened(await fake_redis(INFO | {"clock": "60"})):
            pass
    assert "s from ours; run NTP" in logs[-1]["reason"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_hanging_server_fails_the_probe_in_time(server: EmbeddedServer, way: str) -> None:
    async with stuck_redis(server, way) as found, opened(found.url) as redis:
        assert await probe(redis) == redis.servers[0].name
        with found.stuck():
            await fails_within(0.25, RedisTimeoutError, lambda: probe(redis))
        await probe(redis)

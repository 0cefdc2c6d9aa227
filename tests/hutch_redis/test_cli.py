"""``hutch redis``, on a real server."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from redis.exceptions import TimeoutError as RedisTimeoutError
from typer.testing import CliRunner

from hutch.cli.main import commands
from hutch_redis import CleaningRefused, EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.self_test import SelfTest, read_health

SHOP = """
from hutch import App, Module
from hutch.contributions import Declare
from hutch_redis import KeyClass, redis_module

inner = Module(
    "inner", imports=[redis_module()], contributions=[Declare(KeyClass("cache:*", "short"))]
)
app = App(Module("shop", imports=[inner]))
"""


@pytest.fixture(autouse=True)
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[None]:
    """An app in a folder of its own."""
    (tmp_path / "rediscli.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "rediscli",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    yield
    sys.modules.pop("rediscli", None)


def call(*words: str, **options: Any) -> Result:
    return CliRunner().invoke(commands, ["redis", *words], **options)


@pytest.fixture
def act(redis_url: str, redis_prefix: str) -> Callable[..., Any]:
    """Do something with the app's Redis."""
    settings = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})

    def run(do: Callable[[Redis], Coroutine[Any, Any, Any]]) -> Any:
        async def opened() -> Any:
            async with asynccontextmanager(open_redis)(settings) as redis:
                return await do(redis)

        return asyncio.run(opened())

    return run


def put(*names: str, ttl: int | None = None) -> Callable[[Redis], Coroutine[Any, Any, None]]:
    async def do(redis: Redis) -> None:
        for name in names:
            await redis.state.set(redis.key(*name.split(":")), 1, ex=ttl)

    return do


async def names(redis: Redis) -> set[str]:
    prefix = redis.keys.prefix
    found = [key.decode() async for key in redis.state.scan_iter(f"{prefix}*")]
    return {name.removeprefix(prefix) for name in found}


@pytest.mark.req("FD-28", "XB-05", "XB-07", "C-36")
def test_the_test_passes_on_a_good_server(act: Callable[..., Any]) -> None:
    result = call("test")
    assert result.exit_code == 0, result.output
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[:2] for row in rows] == [
        ["state", "check"],
        ["ok", "connection"],
        ["ok", "set and get"],
        ["ok", "TTL"],
        ["ok", "JSON"],
        ["ok", "performance"],
        ["ok", "memory"],
    ]
    details = [row[2] for row in rows[1:]]
    assert "answers in" in details[0]
    assert "commands/s in batches" in details[4]
    assert details[5].endswith("used, 1.00G")

    async def look(redis: Redis) -> tuple[set[str], int]:
        return await names(redis), await redis.state.ttl(redis.key("health", "check"))

    left, ttl = act(look)
    assert left == {"health", "health:check"}
    assert 50 < ttl <= 60


TRIED = """
from hutch import App, Module
from hutch.contributions import Declare
from hutch_redis import Redis, RedisCheck, redis_module


async def note(redis: Redis) -> str:
    return f"its prefix is {redis.keys.prefix}"


async def fail(redis: Redis) -> str:
    raise LookupError("no such thing")


checks = [Declare(RedisCheck("note", note)), Declare(RedisCheck("fail", fail))]
inner = Module("inner", imports=[redis_module()], contributions=checks)
app = App(Module("tried", imports=[inner]))
"""


def test_modules_add_checks_of_their_own(tmp_path: Path, redis_prefix: str) -> None:
    (tmp_path / "rediscli.py").write_text(TRIED)
    result = call("test")
    assert result.exit_code == 1
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[1] for row in rows[4:7]] == ["JSON", "note", "fail"]
    assert rows[5:7] == [
        ["ok", "note", f"its prefix is {redis_prefix}"],
        ["failed", "fail", "LookupError: no such thing"],
    ]
    assert rows[7][:2] == ["ok", "performance"]


@pytest.mark.req("XB-06", "C-36")
async def test_the_health_key_of_older_code_is_read(redis: Redis) -> None:
    assert await read_health(redis) is None
    await redis.state.set(redis.key("health"), "old")
    assert await read_health(redis) == "old"
    await redis.state.set(redis.key("health", "check"), "new")
    assert await read_health(redis) == "new"


@pytest.mark.req("FD-28")
def test_the_test_fails_without_a_server(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{unused_tcp_port}")
    result = call("test")
    assert result.exit_code == 1
    assert "failed\tconnection\tConnectionError" in result.stdout
    assert "set and get" not in result.stdout


@pytest.mark.req("FD-28")
async def test_each_check_fails_by_itself(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise RedisTimeoutError

    async def forever(*_: Any) -> int:
        return -1

    async def other(*_: Any) -> bytes:
        return b"{}"

    for name, fake in (("set", broken), ("ttl", forever), ("getdel", other), ("info", broken)):
        monkeypatch.setattr(redis.state, name, fake)
    checks = {check.name: check async for check in SelfTest(redis).run()}
    assert [name for name, check in checks.items() if not check.ok] == [
        "set and get", "TTL", "JSON", "memory",
    ]  # fmt: skip
    assert "has -1 s left, not 60" in checks["TTL"].detail


def test_keys_are_listed(act: Callable[..., Any], redis_prefix: str) -> None:
    act(put("cache:a", ttl=100))
    result = call("keys", "cache")
    assert result.stdout.splitlines()[1].startswith(f"{redis_prefix}cache:a\tstring\t")
    (found,) = json.loads(call("keys", "cache", "--json").stdout)
    assert 90 < found.pop("ttl") <= 100
    assert found == {"name": f"{redis_prefix}cache:a", "type": "string"}


@pytest.mark.req("XB-41", "FD-33")
def test_cleaning_counts_first(act: Callable[..., Any], redis_prefix: str) -> None:
    act(put("cache:a", "cache:b", "temp:c"))
    result = call("clean", "cache")
    assert result.stdout == (
        f"2 key(s) below {redis_prefix}cache would be removed; do it with --yes.\n"
    )
    assert len(act(names)) == 3
    assert "2 key(s)" in call("clean", "cache", "--yes").stdout
    assert act(names) == {"temp:c"}


@pytest.mark.req("XB-41")
def test_production_wants_its_prefix_typed(
    act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, redis_prefix: str
) -> None:
    monkeypatch.setenv("HUTCH_PROFILE", "production")
    monkeypatch.setenv("HUTCH_REDIS__STRICT", "false")
    act(put("cache:a"))
    for options in ({"input": "other\n"}, {}):
        words = [] if options else ["--production", "other"]
        result = call("clean", "cache", "--yes", *words, **options)
        assert isinstance(result.exception, CleaningRefused)
        assert "'other' is not the prefix" in str(result.exception)
    assert call("clean", "cache").exit_code == 0
    assert act(names) == {"cache:a"}
    assert call("clean", "cache", "--yes", input=f"{redis_prefix}\n").exit_code == 0
    act(put("cache:a"))
    prefix = redis_prefix.removesuffix(":")
    assert call("clean", "cache", "--yes", "--production", prefix).exit_code == 0
    assert act(names) == set()


@pytest.mark.req("XB-41", "C-52")
def test_queues_are_refused_or_left(act: Callable[..., Any]) -> None:
    async def queue(redis: Redis) -> None:
        client: Any = redis.state
        await client.hset(f"{redis.keys.prefix}q:{{emails}}:jobs", "1", "job")

    act(queue)
    assert isinstance(call("clean", "q", "--yes").exception, CleaningRefused)
    result = call("clean", "*", "--yes")
    assert "0 key(s)" in result.stdout
    assert "1 key(s) of queues are left: see `hutch queues obliterate`." in result.stdout


def test_what_did_not_end_in_time_exits_with_1(act: Callable[..., Any]) -> None:
    async def many(redis: Redis) -> None:
        await redis.state.mset({redis.key("temp", number): 1 for number in range(3000)})

    act(many)
    result = call("clean", "temp", "--budget", "0.001")
    assert result.exit_code == 1
    assert "Stopped after 0.001 s; call it again for the rest." in result.stderr


@pytest.mark.req("XB-43")
def test_the_audit_finds_what_lives_too_long(act: Callable[..., Any], redis_prefix: str) -> None:
    act(put("cache:a", ttl=60))
    assert call("audit").exit_code == 0
    act(put("cache:b", "stray"))
    result = call("audit")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == [
        f"{redis_prefix}cache:b\tcache:*\thas no TTL, but its class is short"
    ]
    assert result.stderr == "1 key(s) below stray have no class.\n1 of 3 key(s) are wrong.\n"


def test_a_server_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_REDIS__TIMEOUT", "0.2")

    async def hang() -> Result:
        async with EmbeddedServer(tmp_path / "data") as server:
            monkeypatch.setenv("REDIS_URL", server.url)
            os.kill(server.pid, signal.SIGSTOP)
            try:
                return await asyncio.to_thread(call, "test")
            finally:
                os.kill(server.pid, signal.SIGCONT)

    result = asyncio.run(hang())
    assert result.exit_code == 1
    assert "failed\tconnection\tConnectionError: Timeout reading" in result.stdout

"""The queue's part of ``hutch redis test``, on a real server."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch.cli.main import commands
from hutch_queue import WrongState
from hutch_queue.storage.redis_check import check_queue
from hutch_queue.storage.redis_store import RedisStore
from hutch_redis import Redis

SHOP = """
from hutch import App, Module
from hutch_queue import queue_module

inner = Module("inner", imports=[queue_module("emails")])
app = App(Module("shop", imports=[inner]))
"""


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[None]:
    (tmp_path / "checkedqueue.py").write_text(SHOP)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUTCH_APP", "checkedqueue")
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REDIS_PREFIX", redis_prefix)
    monkeypatch.setenv("HUTCH_REDIS__TIMEOUT", "10")
    yield
    sys.modules.pop("checkedqueue", None)


def checked() -> tuple[Result, dict[str, list[str]]]:
    result = CliRunner().invoke(commands, ["redis", "test"])
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    return result, {name: [state, detail] for state, name, detail in rows}


@pytest.mark.req("FD-28")
@pytest.mark.usefixtures("shop")
def test_the_queue_is_tried_with_the_server() -> None:
    result, found = checked()
    assert result.exit_code == 0, result.output
    names = ["check", "connection", "set and get", "TTL", "JSON", "queue", "performance", "memory"]
    assert list(found) == names
    state, detail = found["queue"]
    assert state == "ok"
    assert detail.startswith("a job was stored, claimed and ended in ")


async def keys(redis: Redis) -> list[bytes]:
    return [key async for key in redis.state.scan_iter(f"{redis.keys.prefix}*")]


async def test_it_leaves_nothing_behind(redis: Redis) -> None:
    await check_queue(redis)
    assert await keys(redis) == []


@pytest.fixture
async def no_scripts(redis: Redis, redis_url: str) -> str:
    """The address for somebody who may do everything but run scripts."""
    client: Any = redis.state
    user, password = f"u{secrets.token_hex(4)}", secrets.token_hex(8)
    rules = ("~*", "&*", "+@all", "-@scripting")
    await client.execute_command("ACL", "SETUSER", user, "on", f">{password}", *rules)
    url = urlsplit(redis_url)
    host = url.netloc.rpartition("@")[2]
    return f"{url.scheme}://{user}:{password}@{host}{url.path}"


@pytest.mark.req("FD-28")
@pytest.mark.usefixtures("shop")
async def test_it_fails_where_scripts_are_not_allowed(
    no_scripts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", no_scripts)
    result, found = await asyncio.to_thread(checked)
    assert result.exit_code == 1, result.output
    assert {name for name, (state, _) in found.items() if state == "failed"} == {"queue"}
    assert found["queue"][1].startswith("NoPermissionError: ")


async def test_a_job_that_is_not_where_it_should_be_is_told(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = RedisStore.turn

    async def deaf(store: RedisStore, queue: str, worker: str, ended: Any, *args: Any) -> Any:
        return await turn(store, queue, worker, [], *args)

    monkeypatch.setattr(RedisStore, "turn", deaf)
    with pytest.raises(WrongState) as raised:
        await check_queue(redis)
    assert str(raised.value).startswith(
        "a job was stored, claimed and ended, but is active, not completed: look for another "
        f"program that writes below {redis.keys.prefix}q:{{health-test-"
    )
    assert await keys(redis) == []

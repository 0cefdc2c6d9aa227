"""``hutch sessions``, on a real server."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch import App
from hutch.cli.main import commands
from hutch_session import SessionError, Sessions
from hutch_session.session import Session

SHOP = """
from hutch import Module
from hutch_session import Sessions, session_module

app = Module("shop", imports=[session_module()], exports=[Sessions])
"""
Act = Callable[[Sessions], Awaitable[Any]]


@pytest.fixture(autouse=True)
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[Any]:
    """An app in a folder of its own; its module is imported anew for each test."""
    (tmp_path / "clisessions.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "clisessions",
        "HUTCH_SESSION__BACKEND": "redis",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    import clisessions  # pyright: ignore

    yield clisessions.app
    del sys.modules["clisessions"]


def work(shop: Any, act: Act) -> Any:
    """Do something in the app that the commands look at."""

    async def run() -> Any:
        async with App(shop).started(services=False) as app:
            return await act(app.get(Sessions))

    return asyncio.run(run())


def call(*words: str) -> Result:
    return CliRunner().invoke(commands, ["sessions", *words])


async def two_of_one_user(sessions: Sessions) -> list[Session]:
    return [await sessions.create({"pin": "swordfish"}, user="u1") for _ in "ab"]


@pytest.mark.req("R24-59")
def test_a_users_sessions_are_listed_and_ended(shop: Any) -> None:
    first, second = work(shop, two_of_one_user)
    listed = call("list", "u1", "--json").stdout
    assert {row["handle"] for row in json.loads(listed)} == {first.handle, second.handle}
    assert "swordfish" not in listed
    assert first.id not in listed
    assert call("end", "u1", first.handle).stdout == "The session has ended.\n"
    heading, row = call("list", "u1").stdout.splitlines()
    assert heading.split("\t") == ["handle", "profile", "created", "seen", "expires"]
    assert row.split("\t")[:3] == [second.handle, "default", second.created.isoformat()]
    wrong = call("end", "u2", second.handle)
    assert (wrong.exit_code, wrong.stderr) == (1, "Error: the user has no such session.\n")
    assert call("end-all", "u1").stdout == "All sessions of the user have ended.\n"
    assert work(shop, lambda sessions: sessions.load(second.id)) is None


def test_the_memory_of_another_process_cannot_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_SESSION__BACKEND", "memory")
    refused = call("list", "u1")
    assert isinstance(refused.exception, SessionError)
    assert "set HUTCH_SESSION__BACKEND=redis" in str(refused.exception)

"""``hutch users``."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from tests.hutch_auth.apps import PASSWORD
from typer.testing import CliRunner

from hutch import Module
from hutch.cli.main import commands
from hutch.testing import testing
from hutch_auth import AuthError, InvalidUser, UnknownToken, UnknownUser, UserExists
from hutch_session import Sessions, session_module

APP = """
from hutch import App, Module
from hutch_auth import auth_module

app = App(Module("shop", imports=[auth_module()]))
"""


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "auth_shop.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HUTCH_APP", "auth_shop")
    monkeypatch.setenv("HUTCH_PROFILE", "test")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HUTCH_DATABASE__UPGRADE_AT_START", "true")
    monkeypatch.setenv("HUTCH_AUTH__HASH_MEMORY", "7MiB")
    monkeypatch.setenv("HUTCH_AUTH__HASH_ROUNDS", "1")


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(commands, ["users", *arguments], input=typed)


def hutch(*arguments: str, typed: str = "") -> str:
    result = run(*arguments, typed=typed)
    if result.exception:
        raise result.exception
    return result.stdout


def test_users_are_added_and_listed() -> None:
    told = hutch("add", "Ada", "operator", "editor", typed=f"{PASSWORD}\n")
    assert told == "ada is added, with the roles editor, operator.\n"
    assert hutch("add", "bea", typed=f"{PASSWORD}\r\n") == "bea is added, without a role.\n"
    lines = [line.split("\t") for line in hutch("list").splitlines()]
    assert lines[0] == ["id", "name", "roles", "disabled", "created"]
    assert [line[:4] for line in lines[1:]] == [
        ["1", "ada", "editor, operator", ""],
        ["2", "bea", "", ""],
    ]
    assert [user["roles"] for user in json.loads(hutch("list", "--json"))] == [
        ["editor", "operator"],
        [],
    ]


def test_no_output_shows_a_password() -> None:
    result = run("add", "ada", typed=f"{PASSWORD}\n")
    assert PASSWORD not in result.output
    result = run("add", "bea", typed="hunter2\n")
    assert isinstance(result.exception, InvalidUser)
    assert "hunter2" not in str(result.exception) + result.output


def test_a_password_is_no_argument() -> None:
    result = run("add", "ada", "operator", "--password", PASSWORD)
    assert result.exit_code == 2


@pytest.mark.slow
def test_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "hutch", "users", "add", "ada"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as child:
        os.close(theirs)
        shown = _until(ours, b"Password: ")
        os.write(ours, f"{PASSWORD}\n".encode())
        shown += _until(ours, b"confirmation: ")
        os.write(ours, f"{PASSWORD}\n".encode())
        shown += _until(ours, b"without a role.")
    os.close(ours)
    assert child.returncode == 0
    assert b"horse" not in shown


def _until(terminal: int, text: bytes) -> bytes:
    """Read what a terminal shows up to a text."""
    shown = b""
    while text not in shown:
        shown += os.read(terminal, 1024)
    return shown


def test_a_password_that_is_missing_is_told() -> None:
    with pytest.raises(InvalidUser, match="at least 12 characters"):
        hutch("add", "ada")


def test_roles_password_and_disabling() -> None:
    hutch("add", "ada", "viewer", typed=f"{PASSWORD}\n")
    assert hutch("roles", "ADA", "admin") == "ada is now with the roles admin.\n"
    assert hutch("roles", "ada") == "ada is now without a role.\n"
    told = hutch("passwd", "ada", typed="staple correct horse\n")
    assert told == "ada has another password; every session has ended.\n"
    assert hutch("disable", "ada") == "ada is disabled.\n"
    assert hutch("list").splitlines()[1].split("\t")[3] == "yes"
    assert hutch("disable", "ada", "--off") == "ada may come in again.\n"


async def _begin_session(user: str) -> None:
    root = Module("lab", imports=[session_module()], exports=[Sessions])
    async with testing(root) as t:
        await t.get(Sessions).create(user=user)


@pytest.mark.req("R24-59")
@pytest.mark.parametrize("command", ["passwd", "disable"])
def test_sessions_on_the_server_end_too(
    command: str, redis_url: str, redis_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hutch("add", "ada", typed=f"{PASSWORD}\n")
    monkeypatch.setenv("HUTCH_SESSION__BACKEND", "redis")
    monkeypatch.setenv("HUTCH_SESSION__ENCRYPTED", "false")
    monkeypatch.setenv("HUTCH_REDIS__URL", redis_url)
    monkeypatch.setenv("HUTCH_REDIS__PREFIX", redis_prefix)
    asyncio.run(_begin_session("1"))
    devices = ["sessions", "list", "1", "--json"]
    assert len(json.loads(CliRunner().invoke(commands, devices).stdout)) == 1
    hutch(command, "ada", typed="staple correct horse\n")
    assert json.loads(CliRunner().invoke(commands, devices).stdout) == []


def test_without_redis_a_user_is_disabled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    hutch("add", "ada", typed=f"{PASSWORD}\n")
    monkeypatch.setenv("HUTCH_SESSION__BACKEND", "redis")
    monkeypatch.setenv("HUTCH_REDIS__URL", "redis://127.0.0.1:1")
    assert hutch("disable", "ada") == "ada is disabled.\n"


@pytest.mark.req("R24-57")
def test_a_token_is_printed_once_and_revoked() -> None:
    hutch("add", "ada", typed=f"{PASSWORD}\n")
    issued = run("token", "ada", "--label", "deploy script")
    token = issued.stdout.strip()
    found = re.fullmatch(r"hutch_([0-9a-f]{16})_[\w-]{43}", token)
    assert found
    assert "not shown again" in issued.stderr
    listed = hutch("tokens", "ada")
    assert listed.splitlines()[1].split("\t")[:2] == [found[1], "deploy script"]
    assert token not in listed
    assert hutch("revoke", found[1]) == f"{found[1]} works no more.\n"
    assert json.loads(hutch("tokens", "ada", "--json"))[0]["revoked"]
    with pytest.raises(UnknownToken, match="give the middle part of hutch_ID_SECRET") as raised:
        hutch("revoke", token)
    assert token not in str(raised.value)


def test_errors_say_what_to_do_and_no_name() -> None:
    hutch("add", "ada@example.org", typed=f"{PASSWORD}\n")
    with pytest.raises(UserExists, match="choose another name") as taken:
        hutch("add", "ADA@example.org", typed=f"{PASSWORD}\n")
    with pytest.raises(UnknownUser, match="`hutch users list` shows them") as unknown:
        hutch("disable", "bea@example.org")
    with pytest.raises(InvalidUser, match="the user's name has '/': write 1 to 100") as odd:
        hutch("add", "ada/bea@example.org", typed=f"{PASSWORD}\n")
    assert not any("example" in str(raised.value) for raised in (taken, unknown, odd))


def test_a_database_that_is_behind_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    monkeypatch.setenv("HUTCH_DATABASE__UPGRADE_AT_START", "false")
    with pytest.raises(AuthError, match="run `hutch db upgrade`"):
        hutch("list")

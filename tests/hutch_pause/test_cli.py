"""``hutch pause``, on a real server."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch.cli.main import commands
from hutch_pause import InvalidPause, PauseError, PauseUnavailable

BOT = """
from hutch import App, Module
from hutch_pause import pause_module

app = App(Module("bot", imports=[Module("inner", imports=[pause_module()])]))
"""


@pytest.fixture(autouse=True)
def bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[Any]:
    (tmp_path / "pausebot.py").write_text(BOT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "pausebot",
        "HUTCH_PAUSE__BACKEND": "redis",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    import pausebot  # pyright: ignore

    yield pausebot
    del sys.modules["pausebot"]


def call(*words: str) -> Result:
    return CliRunner().invoke(commands, ["pause", *words])


def hutch(*words: str) -> str:
    result = call(*words)
    if result.exception:
        raise result.exception
    return result.stdout


def test_a_subject_is_paused_and_goes_on() -> None:
    assert hutch("on", "c1", "--minutes", "90", "--reason", "too\x1b[31m loud").startswith(
        "c1 is paused until 20"
    )
    heading, row = hutch("list").splitlines()
    assert heading == "subject\tsince\tuntil\treason"
    subject, since, until, reason = row.split("\t")
    assert (subject, since, reason) == ("c1", "", "too�[31m loud")
    assert until.endswith("Z")
    [found] = json.loads(hutch("list", "--json"))
    assert (found["kind"], found["subject"]) == ("paused", "c1")
    assert hutch("off", "c1") == "c1 goes on.\n"
    assert hutch("off", "c1") == "c1 was not paused.\n"


@pytest.mark.req("SM-04")
def test_all_are_paused_and_go_on_by_hand() -> None:
    assert hutch("on", "--all", "--reason", "fire") == "All are paused.\n"
    assert hutch("list").splitlines()[1].startswith("(all)\t20")
    assert hutch("off", "--all") == "All go on, but those paused by name.\n"
    assert hutch("off", "--all") == "They were not paused.\n"


@pytest.mark.parametrize(
    "words", [["on"], ["off"], ["on", "c1", "--all"], ["off", "c1", "--all"],
              ["on", "ALL"], ["on", "a:b"], ["on", "--all", "--minutes", "5"]],
)  # fmt: skip
def test_what_is_not_clear_is_refused(words: list[str]) -> None:
    assert isinstance(call(*words).exception, InvalidPause)
    assert hutch("list") == "subject\tsince\tuntil\treason\n"


def test_pauses_in_memory_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_PAUSE__BACKEND", "memory")
    refused = call("list").exception
    assert isinstance(refused, PauseError)
    assert "HUTCH_PAUSE__BACKEND=redis" in str(refused)


def test_a_server_that_is_away_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{unused_tcp_port}")
    refused = call("on", "--all").exception
    assert isinstance(refused, PauseUnavailable)

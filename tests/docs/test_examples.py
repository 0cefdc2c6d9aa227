"""The documentation's code runs, and the commands that it names exist."""

import asyncio
import inspect
import re
import shlex
import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
from pytest_examples import CodeExample, EvalExample, find_examples
from typer.main import get_command
from typer.testing import CliRunner

from demo.plays import PLAYS
from hutch.cli.main import commands
from hutch.settings.base import sections

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHELL = re.compile(r"^ *```(?:console|sh|bash)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:\./dev|hutch) [^`]+)`")
GROUPS = {
    "cache": "hutch_cache.cli:app",
    "credits": "rabbit24.cli:app",
    "db": "hutch_database.cli:app",
    "inbox": "hutch_pubsub.cli:app",
    "limits": "hutch_ratelimit.cli:app",
    "metrics": "hutch_metrics.cli:app",
    "pause": "hutch_pause.cli:app",
    "queues": "hutch_queue.cli:app",
    "redis": "hutch_redis.cli:app",
    "sessions": "hutch_session.cli:app",
    "test-redis": "hutch_redis.cli:test_redis",
    "users": "hutch_auth.cli:app",
    "vault": "hutch_vault.cli:app",
}


def examples() -> list[CodeExample]:
    return [example for page in PAGES for example in find_examples(page)]


def is_run(example: CodeExample) -> bool:
    return example.prefix_settings().get("test", "") != "skip"


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder, and an interpreter that is left as it was found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    known = dict(sections)
    yield
    sections.clear()
    sections.update(known)


@pytest.mark.parametrize("example", [e for e in examples() if is_run(e)], ids=str)
def test_example_runs(example: CodeExample, eval_example: EvalExample, own_folder: None) -> None:
    failure = _run(example, eval_example)
    assert not failure, f"{example}: {failure}"


def _run(example: CodeExample, eval_example: EvalExample) -> str:
    try:
        made = eval_example.run_print_check(example)
        tests = [value for name, value in made.items() if name.startswith("test_")]
        for test in filter(inspect.iscoroutinefunction, tests):
            asyncio.run(test())
    except Exception as error:
        # Not raised on: no one can show the traceback that pytest-examples makes.
        lines = [str(line) for _, line in traceback.walk_tb(error.__traceback__)]
        return f"{error!r}, lines {' <- '.join(reversed(lines))}"
    return ""


def test_few_examples_are_skipped_and_each_says_why() -> None:
    skipped = [example for example in examples() if not is_run(example)]
    assert len(skipped) <= 3
    assert all(example.prefix_settings().get("why") for example in skipped)
    assert len(examples()) - len(skipped) > 30


def test_every_command_exists() -> None:
    named = sorted({tuple(words) for page in PAGES for words in _commands(page.read_text())})
    assert ("./dev", "demo") in {words[:2] for words in named}
    unknown = [" ".join(words) for words in named if not _exists(words)]
    assert not unknown


def _commands(page: str) -> Iterator[list[str]]:
    blocks = "\n".join(SHELL.findall(page))
    lines = [line.strip().removeprefix("$ ") for line in blocks.splitlines()]
    for line in [*lines, *INLINE.findall(page)]:
        words = shlex.split(line.split(" #")[0].split("   ")[0], comments=False)
        words = [word for word in words if not re.fullmatch(r"[A-Z_]+=\S*", word)]
        words = [word.removeprefix(".venv/bin/") for word in words]
        if words and words[0] in ("./dev", "hutch"):
            yield words


def _exists(words: tuple[str, ...]) -> bool:
    name, *rest = words
    if name == "./dev":
        return not rest or rest[0] in _dev_commands()
    while rest and (rest[0].startswith("--") or rest[0] in PLAYS):
        rest = rest[2:] if rest[0] == "--app" else rest[1:]
    if not rest or rest[0].isupper() or rest[0] in get_command(commands).commands:  # type: ignore[attr-defined]
        return True
    return rest[0] in GROUPS and (len(rest) == 1 or rest[1] in _group(GROUPS[rest[0]]))


def _dev_commands() -> dict[str, tuple[str, ...]]:
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    found: dict[str, Any] = {"__name__": "dev_script", "__file__": str(ROOT / "dev")}
    exec(loader.get_code("dev_script"), found)  # type: ignore[arg-type]
    named: dict[str, tuple[str, ...]] = found["COMMANDS"]
    return named


def _group(place: str) -> list[str]:
    module, _, attribute = place.partition(":")
    return list(get_command(getattr(import_module(module), attribute)).commands)  # type: ignore[attr-defined]


def test_the_help_says_what_the_page_of_commands_says() -> None:
    shown = CliRunner().invoke(commands, ["--help"]).output
    page = (ROOT / "docs" / "concepts" / "cli.md").read_text()
    for name in get_command(commands).commands:  # type: ignore[attr-defined]
        assert name in shown
        assert f"hutch {name}" in page

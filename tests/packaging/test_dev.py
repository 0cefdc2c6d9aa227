"""``./dev`` before it hands over to a command; the commands have tests of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "dev"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), ([], 0), (["build"], 2)])
def test_it_says_which_commands_there_are(arguments: list[str], code: int) -> None:
    done = dev(*arguments)
    assert done.returncode == code
    assert "./dev demo | test | check | docs | bench | chaos" in done.stdout


def test_it_becomes_the_command() -> None:
    done = dev("test", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("pytest ")

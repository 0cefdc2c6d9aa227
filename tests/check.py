"""``./dev check``: every look at the code that needs no running of it."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CODE = ("framework", "modules", "apps", "tests", "docs", "dev")
TYPED = ("framework", "modules", "apps", "tests/typing", "tests/check.py", "tests/benchmarks")
REQUIREMENTS = ROOT / "docs" / "requirements.md"


@dataclass(frozen=True, slots=True)
class Check:
    """A command and what it is for."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check said."""

    check: Check
    passed: bool
    seconds: float
    output: str


CHECKS = (
    Check("lint", ("ruff", "check", *CODE)),
    Check("format", ("ruff", "format", "--check", *CODE)),
    Check("types (pyright, strict)", ("pyright",)),
    Check("types (mypy, strict)", ("mypy", "--exclude", "tests/typing/refused", *TYPED)),
    Check("layers", ("lint-imports", "--no-cache")),
)


def main() -> int:
    """Run every check, two at a time; 1 when one fails."""
    argparse.ArgumentParser(prog="./dev check", description=__doc__).parse_args()
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, CHECKS))
    for result in results:
        if not result.passed:
            print(f"--- {result.check.name}: {' '.join(result.check.command)}\n{result.output}")
    console = Console()
    console.print(table(results))
    proven, lines, strangers = requirements()
    print(f"requirements: {len(proven)} of {len(lines)} lines have a test that names them")
    for stranger in strangers:
        print(f"no requirement line is called {stranger}, but a test is marked with it")
    return 0 if all(result.passed for result in results) and not strangers else 1


def run(check: Check) -> Result:
    """Run one check and keep what it prints."""
    began = time.monotonic()
    command = [str(BIN / check.command[0]), *check.command[1:]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    return Result(check, done.returncode == 0, seconds, done.stdout + done.stderr)


def table(results: Sequence[Result]) -> Table:
    """Lay the results out."""
    found = Table(title="./dev check", title_justify="left")
    found.add_column("check")
    found.add_column("seconds", justify="right")
    found.add_column("")
    for result in results:
        verdict = "[green]ok[/]" if result.passed else "[red]failed[/]"
        found.add_row(result.check.name, f"{result.seconds:.1f}", verdict)
    return found


def requirements() -> tuple[set[str], list[str], list[str]]:
    """Compare the requirement lines with the tests' marks.

    Returns:
        The lines with a test, all lines, and marks that name no line.
    """
    page = REQUIREMENTS.read_text()
    lines = re.findall(r"^- \*\*([A-Z0-9]+-\d+)\*\*", page, re.MULTILINE)
    conflicts = set(re.findall(r"^\*\*(C-\d+)\*\*", page, re.MULTILINE))
    marked: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for mark in re.findall(r"mark\.req\(([^)]*)\)", path.read_text()):
            marked.update(re.findall(r"[\"']([^\"']+)[\"']", mark))
    return marked & set(lines), lines, sorted(marked - set(lines) - conflicts)


if __name__ == "__main__":
    sys.exit(main())

"""The typed promises of jobs and bindings, held against both type checkers."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REFUSED = sorted((HERE / "refused").glob("*.py"))
FILES = [HERE / "queue_good.py", *REFUSED]

Lines = set[tuple[str, int]]


def marked() -> Lines:
    return {
        (file.name, number)
        for file in FILES
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if "# E: " in line
    }


def run(*command: str, **environment: str) -> str:
    """Run a checker as the project configures it, in this interpreter's environment."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """The files in one folder, where no setting of the project excludes them."""
    for file in FILES:
        shutil.copy(file, tmp_path)
    return tmp_path


def refused_by_pyright(folder: Path) -> Lines:
    settings = {
        "extraPaths": [str(ROOT / "framework"), str(ROOT / "modules")],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    config = folder / "pyrightconfig.json"
    config.write_text(json.dumps(settings))
    python = ("--pythonpath", sys.executable)
    report = json.loads(run("pyright", "--outputjson", *python, "--project", str(config)))
    assert report["summary"]["filesAnalyzed"] == len(FILES)
    return {
        (Path(found["file"]).name, found["range"]["start"]["line"] + 1)
        for found in report["generalDiagnostics"]
        if found["severity"] == "error"
    }


def refused_by_mypy(folder: Path) -> Lines:
    files = [str(folder / file.name) for file in FILES]
    output = run("mypy", *files, MYPYPATH=str(folder))
    assert f"checked {len(FILES)} source files" in output
    found = re.findall(r"(\w+\.py):(\d+): error:", output)
    return {(name, int(number)) for name, number in found}


def test_every_mistake_is_marked() -> None:
    assert len(marked()) == 26


@pytest.mark.slow
@pytest.mark.req("X-18", "R24-20")
def test_pyright_refuses_exactly_the_mistakes(copies: Path) -> None:
    assert refused_by_pyright(copies) == marked()


@pytest.mark.slow
@pytest.mark.req("X-18", "R24-20")
def test_mypy_refuses_exactly_the_mistakes(copies: Path) -> None:
    assert refused_by_mypy(copies) == marked()

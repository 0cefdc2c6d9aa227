"""What ``hutch new`` writes must run, be clean, and never overwrite."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from hutch.cli.new import app, module
from hutch.errors import HutchError


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(folder, monkeypatch) -> Path:
    """A new app with a new module beside it."""
    app("book_shop")
    monkeypatch.chdir(folder / "book_shop")
    module("likes")
    return folder / "book_shop"


async def run(folder, *command):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUTCH")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        cwd=folder,
        env=clean,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode()


async def test_their_own_tests_pass(project):
    code, out = await run(project, "pytest", "-q", "-p", "no:valkey", "-p", "no:cacheprovider")
    assert (code, "10 passed" in out) == (0, True), out


@pytest.mark.slow
async def test_a_module_in_an_empty_folder_is_green(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module("stock")
    code, out = await run(tmp_path, "pytest", "-q", "-p", "no:valkey", "-p", "no:cacheprovider")
    assert (code, "7 passed" in out) == (0, True), out


async def test_they_are_clean(project):
    ruff = ("ruff", "--isolated")
    assert await run(
        project, *ruff, "check", "--no-cache", "--select=E,F,I,UP,B", "--line-length=100"
    ) == (0, "All checks passed!\n")
    code, out = await run(
        project, *ruff, "format", "--no-cache", "--check", "--line-length=100", "book_shop", "likes"
    )
    assert code == 0, out


@pytest.mark.slow
async def test_their_types_are_strict(project, tmp_path):
    code, out = await run(
        project, "mypy", "--strict", f"--cache-dir={tmp_path}/cache", "book_shop", "likes"
    )
    assert code == 0, out


async def test_a_new_app_starts_drawn_by_its_name(project, call):
    result = await call("graph", "book_shop", cwd=project)
    assert result.code == 0, result.err
    assert "POST /greetings/" in result.out
    assert "job Greetings.greet" in result.out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bind", "polite", "t"])
async def test_an_app_may_be_called_like_a_variable_of_its_tests(folder, name):
    app(name)
    code, out = await run(folder / name, "pytest", "-q", "-p", "no:cacheprovider")
    assert code == 0, out


def test_a_new_app_has_these_files(project):
    app_files = ["__init__", "api", "book", "jobs", "module", "settings"]
    module_files = ["__init__", "contract", "errors", "in_memory", "module"]
    module_files += ["on_redis", "port", "settings"]
    files = {str(p.relative_to(project)) for p in project.rglob("*") if p.is_file()}
    assert files == {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        *(f"book_shop/{name}.py" for name in app_files),
        *(f"likes/{name}.py" for name in module_files),
        "tests/test_book_shop.py",
        "tests/test_likes.py",
    }


@pytest.mark.parametrize("write", [app, module])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Shop", "'Shop' cannot be a package's name: use small letters, digits and single _."),
        ("../x", "'../x' cannot be a package's name: use small letters, digits and single _."),
        ("a__b", "'a__b' cannot be a package's name: use small letters, digits and single _."),
        ("class", "'class' cannot be used: it is a word of Python itself. Choose another name."),
        (
            "json",
            "'json' cannot be used: it is a module of Python's standard library. "
            "Choose another name.",
        ),
        (
            "http",
            "'http' cannot be used: it is a module of Python's standard library. "
            "Choose another name.",
        ),
        (
            "log",
            "'log' cannot be used: it is a section of the settings, HUTCH_LOG__*. "
            "Choose another name.",
        ),
        (
            "module",
            "'module' cannot be used: it is written as a class, Module, a name of Hutch's own. "
            "Choose another name.",
        ),
        ("saq", "'saq' cannot be used: it is an installed package. Choose another name."),
        ("tests", "'tests' cannot be used: it is where the tests go. Choose another name."),
    ],
)
def test_names_that_would_hide_something_are_refused(write, name, reason, folder):
    with pytest.raises(HutchError) as caught:
        write(name)
    assert str(caught.value) == reason
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("write", [app, module])
def test_an_existing_folder_is_left_alone(write, folder):
    (folder / "shop").mkdir()
    with pytest.raises(HutchError, match="shop is already there; choose another name"):
        write("shop")
    assert list((folder / "shop").iterdir()) == []


def test_an_existing_test_is_left_alone(folder):
    (folder / "tests").mkdir()
    (folder / "tests" / "test_shop.py").write_text("mine")
    with pytest.raises(HutchError, match=r"tests/test_shop\.py is already there"):
        module("shop")
    assert not (folder / "shop").exists()
    assert (folder / "tests" / "test_shop.py").read_text() == "mine"

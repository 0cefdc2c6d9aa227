"""``hutch new``: the beginning of an app or a module, written from templates."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from pathlib import Path
from string import Template
from typing import Annotated

import typer

import hutch
from hutch.errors import HutchError
from hutch.settings.base import sections

_TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".tmpl"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

Name = Annotated[str, typer.Argument(help="A Python name in small letters, e.g. book_shop.")]

new = typer.Typer(no_args_is_help=True)


@new.command()
def app(name: Name) -> None:
    """Write a small app that runs: settings, a controller, a job, tests."""
    _write("app", name, Path(name))
    typer.echo(f"{name} is written. Next: cd {name} && hutch run {name}")


@new.command()
def module(name: Name) -> None:
    """Write a module with a port, two backends and the contract both keep."""
    _write("module", name, Path())
    typer.echo(f"{name} is written. Next: import {name}_module() in your app's module.py")


def _write(kind: str, name: str, folder: Path) -> None:
    """Write the templates of a kind into a folder, or nothing.

    Raises:
        HutchError: The name cannot be a package's, or something of that name is there.
    """
    _check_name(name)
    files = {folder / path: text for path, text in _filled(kind, name)}
    for path in (Path(name), *files):
        if path.exists():
            raise HutchError(f"{path} is already there; choose another name, or remove it.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _filled(kind: str, name: str) -> list[tuple[Path, str]]:
    root = _TEMPLATES / kind
    words = {
        "name": name,
        "NAME": name.upper(),
        "Class": _class_of(name),
    }
    return [
        (_path(file.relative_to(root), name), Template(file.read_text("utf-8")).substitute(words))
        for file in sorted(root.rglob(f"*{_SUFFIX}"))
    ]


def _path(path: Path, name: str) -> Path:
    """Name the file: NAME is the name, and DOT a dot that packaging tools leave alone."""
    return Path(str(path).removesuffix(_SUFFIX).replace("NAME", name).replace("DOT.", "."))


def _class_of(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise HutchError(
            f"{name!r} cannot be a package's name: use small letters, digits and single _."
        )
    if reason := _taken(name):
        raise HutchError(f"{name!r} cannot be used: it is {reason}. Choose another name.")


def _taken(name: str) -> str | None:
    """Say why a package of this name would hide something or be hidden."""
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "a word of Python itself"
    if name in sys.stdlib_module_names:
        return "a module of Python's standard library"
    if name == "tests":
        return "where the tests go"
    if name in sections:
        return f"a section of the settings, HUTCH_{name.upper()}__*"
    if _class_of(name) in hutch.__all__:
        return f"written as a class, {_class_of(name)}, a name of Hutch's own"
    return "an installed package" if importlib.util.find_spec(name) else None

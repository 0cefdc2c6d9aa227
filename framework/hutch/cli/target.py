"""Target: the application that a command means.

A target is ``package.module:attribute``. Without an attribute it is ``app``: of the
module itself (``shop`` is ``shop:app``), or, where the name is a package, of the
``module.py`` in it (``rabbit24`` is ``rabbit24.module:app``). The current directory
can be imported from. A command without a target takes ``HUTCH_APP``.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from hutch.app import App
from hutch.errors import TargetError
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch.settings import load as load_settings

__all__ = ["Target", "is_target", "load"]

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="TARGET",
        help="The app: package.module:attribute, or an app package's name. Default: HUTCH_APP.",
        show_default=False,
    ),
]
"""A command's TARGET argument: ``def upgrade(target: Target = None)``."""


def load(target: str | None = None) -> App:
    """Import the app that a target names; a module counts as an app of its own.

    What the app's code raises while it is imported passes through as it is.

    Args:
        target: ``package.module:attribute`` or a name; None means ``HUTCH_APP``.

    Raises:
        TargetError: There is no such module or attribute, or it is no app.
    """
    target = target or _default()
    _make_importable(Path.cwd())
    place, attribute = _split(target)
    found = _attribute(_import(place, target), attribute, target)
    if isinstance(found, Module):
        return App(found)
    if isinstance(found, App):
        return found
    raise TargetError(
        f"{target}: {place}:{attribute} is a {type(found).__name__}, no App and no Module."
        f"{_offer(sys.modules[place], attribute)}"
    )


def is_target(word: str) -> bool:
    """Tell whether a word is meant as a target: it has an attribute, or is an app's package.

    Nothing is imported to find out: who mistypes a command shall not run what has that name.
    """
    if ":" in word:
        return True
    if not word.isidentifier():
        return False
    _make_importable(Path.cwd())
    spec = importlib.util.find_spec(word)
    folders = spec.submodule_search_locations if spec else None
    return any((Path(folder) / "module.py").exists() for folder in folders or ())


def _default() -> str:
    target = load_settings(CoreSettings).app
    if target is None:
        raise TargetError(
            "No app is named: write package.module:attribute or an app package's name "
            "after the command, or set HUTCH_APP."
        )
    return target


def _make_importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _split(target: str) -> tuple[str, str]:
    place, colon, attribute = target.partition(":")
    names = [*place.split("."), attribute] if colon else place.split(".")
    if not all(name.isidentifier() for name in names):
        raise TargetError(
            f"{target!r} is no target: write package.module:attribute, or an app package's name."
        )
    if colon:
        return place, attribute
    return (f"{place}.module" if _is_package(place, target) else place), "app"


def _is_package(name: str, target: str) -> bool:
    parent = name.rpartition(".")[0]
    if parent:
        _import(parent, target)
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None


def _import(name: str, target: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise TargetError(_explain_missing(target, error.name)) from None


def _explain_missing(target: str, missing: str) -> str:
    parent, _, last = missing.rpartition(".")
    folders = list(sys.modules[parent].__path__) if parent else None
    near = get_close_matches(last, [found.name for found in pkgutil.iter_modules(folders)], n=1)
    where = f"The package {parent} has" if parent else f"{Path.cwd()} and the environment have"
    prefix = f"{parent}." if parent else ""
    return f"{target}: {where} no module {last!r}." + (
        f" Did you mean {prefix}{near[0]}?" if near else ""
    )


def _attribute(module: ModuleType, attribute: str, target: str) -> object:
    if hasattr(module, attribute):
        return getattr(module, attribute)
    raise TargetError(
        f"{target}: {module.__name__} has no {attribute!r}.{_offer(module, attribute)}"
    )


def _offer(module: ModuleType, attribute: str) -> str:
    apps = [name for name, value in vars(module).items() if isinstance(value, App | Module)]
    near = get_close_matches(attribute, apps, n=1) or apps[:1]
    if near:
        return f" Did you mean {module.__name__}:{near[0]}?"
    return " Make one there: app = App(module)."

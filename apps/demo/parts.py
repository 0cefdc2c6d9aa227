"""The apps as modules, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from hutch import App, Module


def module_of(name: str) -> Module:
    """Import the root module of an app."""
    found: Module = getattr(import_module(f"{name}.module"), name)
    return found


def used(variables: Mapping[str, str], apps: Iterable[str]) -> dict[str, str]:
    """Leave out the variables of modules that none of these apps has: nobody knows them."""
    known = {cls.section for app in apps for cls in App(module_of(app)).settings()}
    prefixes = tuple(f"HUTCH_{section.upper()}__" for section in known)
    return {name: value for name, value in variables.items() if name.startswith(prefixes)}

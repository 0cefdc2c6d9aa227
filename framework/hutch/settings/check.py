"""Refusing variables that nobody reads: most of them are typing mistakes."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterable

import structlog

from hutch.errors import SettingsError
from hutch.settings.base import Settings, sections
from hutch.settings.core import CoreSettings, HttpSettings, LogSettings
from hutch.settings.environment import NESTED, PREFIX, read_environment
from hutch.settings.variables import variables_of

log = structlog.get_logger(__name__)


def check_environment(used: Iterable[type[Settings]]) -> None:
    """Refuse ``HUTCH_`` variables, in the environment or ``.env``, that no setting has.

    A variable of a module that is installed but not in use is only warned about.

    Args:
        used: The settings classes of the app; the core's own are always in use.

    Raises:
        SettingsError: Names every unknown variable and the nearest known one.
    """
    always: tuple[type[Settings], ...] = (CoreSettings, HttpSettings, LogSettings)
    in_use = {cls.section: cls for cls in (*always, *used)}
    unknown: list[str] = []
    for name, entry in sorted(read_environment().items()):
        if not name.upper().startswith(PREFIX):
            continue
        section = _section(name)
        if section not in in_use and _is_installed(section):
            log.warning("setting of a module that is not in use", variable=name, place=entry.place)
        elif section not in in_use or not _is_known(name, in_use[section]):
            unknown.append(_refusal(name, entry.place, in_use.values()))
    if unknown:
        raise SettingsError("\n".join(unknown))


def _section(name: str) -> str:
    """Return the part between ``HUTCH_`` and the first ``__``; without one, it is the core's."""
    section, nested, _ = name[len(PREFIX) :].partition(NESTED)
    return section.lower() if nested else ""


def _is_installed(section: str) -> bool:
    if section in sections:
        return True
    package = f"hutch_{section}"
    return package.isidentifier() and importlib.util.find_spec(package) is not None


def _is_known(name: str, cls: type[Settings]) -> bool:
    return any(variable.takes(name) for variable in variables_of(cls))


def _refusal(name: str, place: str, used: Iterable[type[Settings]]) -> str:
    known = [variable.name for cls in {*used, *sections.values()} for variable in variables_of(cls)]
    # Compared without the prefix, which would make any two names look alike.
    rests = [other.removeprefix(PREFIX) for other in known]
    near = difflib.get_close_matches(name[len(PREFIX) :].upper(), rests, n=1)
    advice = f"did you mean {PREFIX}{near[0]}?" if near else "remove it."
    return f"{name} (in {place}) is not a setting; {advice}"

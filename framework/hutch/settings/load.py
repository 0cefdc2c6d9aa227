"""Constructing a settings class, with errors in the words of its user."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hutch.errors import SettingsError
from hutch.redaction import REDACTED, hide_in_text
from hutch.settings.base import Settings, resolve
from hutch.settings.environment import NESTED, Entry, read_environment
from hutch.settings.variables import Variable, prefix_of, variables_of

S = TypeVar("S", bound=Settings)


def load(cls: type[S]) -> S:
    """Construct a settings class from the environment.

    Raises:
        SettingsError: Names every variable that is wrong or missing, its value
            (unless secret), what is expected, and what to do.
    """
    try:
        return cls()
    except ValidationError as error:
        # The cause quotes the values, so it is not shown beside our message.
        raise SettingsError(_Report(cls, error).text()) from None


class _Report:
    """A validation error in terms of environment variables."""

    def __init__(self, cls: type[Settings], error: ValidationError) -> None:
        self.prefix = prefix_of(cls)
        self.variables = {variable.path: variable for variable in variables_of(cls)}
        self.entries = read_environment()
        self.error = error

    def text(self) -> str:
        """Return one line for each wrong setting."""
        wrong: dict[tuple[str, ...], list[ErrorDetails]] = {}
        for detail in self.error.errors(include_url=False):
            wrong.setdefault(self._path(detail), []).append(detail)
        count = "1 setting is" if len(wrong) == 1 else f"{len(wrong)} settings are"
        lines = [self._line(path, details) for path, details in wrong.items()]
        return "\n  ".join([f"{count} wrong:", *lines])

    def _name(self, path: tuple[str, ...]) -> str:
        return self.prefix + (NESTED.join(path).upper() or "*")

    def _path(self, detail: ErrorDetails) -> tuple[str, ...]:
        """Cut a location to the setting: what follows is a place inside of its value."""
        path = tuple(map(str, detail["loc"]))
        if detail["type"] == "extra_forbidden":
            return path
        while path and path not in self.variables and self._name(path) not in self.entries:
            path = path[:-1]
        return path

    def _line(self, path: tuple[str, ...], details: list[ErrorDetails]) -> str:
        name = self._name(path)
        kinds = {detail["type"] for detail in details}
        if kinds == {"missing"}:
            return f"{name} is missing; set it in the environment or in .env."
        if kinds == {"extra_forbidden"}:
            return f"{name} is not a setting; remove it."
        reason = " or ".join(dict.fromkeys(map(_reason, details)))
        variable, entry = self._source(path)
        setting = _Setting(name, variable, entry, self._is_secret(variable, entry))
        return f"{setting.shown()}: {setting.hide(reason)}. {setting.remedy()}"

    def _source(self, path: tuple[str, ...]) -> tuple[Variable | None, Entry | None]:
        """Find what sets a path: its own variable, or one that holds it as JSON."""
        above = [path[:length] for length in range(len(path), 0, -1)]
        variables = [self.variables[part] for part in above if part in self.variables]
        own = [self.entries.get(self._name(part)) for part in above]
        entries = [*own, *(resolve(variable, self.entries) for variable in variables)]
        return next(iter(variables), None), next(filter(None, entries), None)

    def _is_secret(self, variable: Variable | None, entry: Entry | None) -> bool:
        """Tell whether the entry must not be shown: as JSON it may hold more than the variable."""
        if variable is None or variable.secret:
            return True
        holders = (v for v in self.variables.values() if entry and v.takes(entry.name))
        return any(holder.secret for holder in holders)


@dataclass(frozen=True, slots=True)
class _Setting:
    """A wrong setting, and the entry that sets it."""

    name: str
    variable: Variable | None
    entry: Entry | None
    secret: bool

    def shown(self) -> str:
        if self.entry is None:
            return self.name
        value = REDACTED if self.secret else repr(hide_in_text(self.entry.value))
        other = "" if self.entry.name == self.name else f"{self.entry.name} "
        return f"{self.name}={value} ({other}in {self.entry.place})"

    def hide(self, reason: str) -> str:
        if self.secret and self.entry:
            reason = reason.replace(self.entry.value, REDACTED)
        return hide_in_text(reason)

    def remedy(self) -> str:
        if self.entry is None or self.variable is None:
            return "Correct it in the environment or in .env."
        default = "" if self.secret else hide_in_text(default_of(self.variable))
        return f"Correct it, or remove it{default and f' for the default {default}'}."


def _reason(detail: ErrorDetails) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    return (message[:1].lower() + message[1:]).rstrip(".")


def default_of(variable: Variable) -> str:
    """Write a default the way it stands in the environment; without one, nothing."""
    if variable.field.is_required():
        return ""
    return _written(variable.field.get_default(call_default_factory=True, validated_data={}))


def _written(value: object) -> str:
    raw: Any = getattr(value, "value", value)
    if raw is None:
        return ""
    if isinstance(raw, bool | dict):
        return json.dumps(raw, default=str)
    if isinstance(raw, tuple | list | set | frozenset):
        return ",".join(_written(item) for item in cast("list[object]", raw))
    return str(raw)

"""``Settings``, the base of every settings class, and the sections they claim."""

from __future__ import annotations

import typing
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from hutch.errors import InvalidDeclaration, SettingsError
from hutch.redaction import REDACTED, hide_in_text
from hutch.settings.environment import NESTED, Entry, read_environment
from hutch.settings.variables import Variable, prefix_of, variables_of

sections: dict[str, type[Settings]] = {}
"""Every settings class that was defined, by its section; ``""`` is the core's own."""


class Settings(BaseSettings):
    """Typed settings of one section, read from the environment and ``.env``.

    ``class CacheSettings(Settings, section="cache")`` reads ``HUTCH_CACHE__TTL``
    for its field ``ttl``, and ``HUTCH_CACHE__A__B`` for field ``b`` of a nested
    model ``a``. Names are in capitals. Lists are written as JSON or with commas,
    dictionaries as JSON. The environment wins over ``.env``, and an empty value
    counts as not set. A string after a field documents it in ``.env.example``.

    Raises:
        InvalidDeclaration: A class has no section, or one that another class has.
        SettingsError: Two names of one setting are set to different values.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    section: ClassVar[str] = ""

    def __init_subclass__(cls, *, section: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if section is None:
            raise InvalidDeclaration(
                f"{cls.__name__} has no section; write "
                f'class {cls.__name__}(Settings, section="name").'
            )
        cls.section = section

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Claim the section once the class is complete."""
        _claim(cls.section, cls)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the caller passes, then the environment with ``.env`` below it."""
        return init_settings, _Environment(cls)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Show each field without secrets, nested ones and URLs included."""
        secret = {v.path[0] for v in variables_of(type(self)) if v.secret and len(v.path) == 1}
        for name, value in super().__repr_args__():
            shown = REDACTED if name in secret else hide_in_text(repr(value))
            yield name, _Shown(shown)


class _Shown(str):
    """Text that stands in a ``repr`` as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class _Environment(EnvSettingsSource):
    """Variables of one class, its further names resolved."""

    def __init__(self, cls: type[Settings]) -> None:
        super().__init__(
            cls, case_sensitive=False, env_prefix=prefix_of(cls), env_nested_delimiter=NESTED
        )
        entries = read_environment()
        values = {name.lower(): entry.value for name, entry in entries.items() if name.isupper()}
        for variable in variables_of(cls):
            if entry := resolve(variable, entries):
                values[variable.name.lower()] = entry.value
        self.env_vars = values

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON or a list with commas; anything else is left to the validation."""
        if not str(value).lstrip().startswith(("[", "{")):
            return _split(value) if _is_sequence(field) else value
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def resolve(variable: Variable, entries: dict[str, Entry]) -> Entry | None:
    """Find a variable's value under any of its names.

    Raises:
        SettingsError: Two of the names are set to different values.
    """
    found = [entries[name] for name in (variable.name, *variable.also) if name in entries]
    for other in found[1:]:
        first = found[0]
        if other.value != first.value:
            raise SettingsError(
                f"{first.name} (in {first.place}) and {other.name} (in {other.place}) "
                "are one setting but have different values; remove one of them."
            )
    return found[0] if found else None


def _claim(section: str, cls: type[Settings]) -> None:
    known = sections.get(section)
    if known and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise InvalidDeclaration(
            f"{cls.__module__}.{cls.__qualname__} claims the settings section {section!r}, which "
            f"{known.__module__}.{known.__qualname__} has; choose another section."
        )
    sections[section] = cls


def _is_sequence(field: FieldInfo) -> bool:
    return typing.get_origin(field.annotation) in (list, tuple, set, frozenset)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]

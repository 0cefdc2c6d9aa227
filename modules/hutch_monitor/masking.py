"""Masking: what a job's arguments are, without what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from typing import Any, cast

MOST_CHARACTERS = 2000

_ID_NAME = re.compile(r"(?i)(.*_)?(id|uuid)")
_ID = re.compile(r"[0-9A-Fa-f-]{1,36}")


def mask_arguments(arguments: Mapping[str, Any]) -> str:
    """Describe arguments by name: ``post_id=17, text=str(280), urls=list(2)``.

    Shown are only numbers and UUIDs whose name says that they are an id.
    """
    return ", ".join(f"{name}={_masked(name, value)}" for name, value in arguments.items())


def mask(value: Any) -> str:
    """Describe a value by its type and length."""
    if value is None or isinstance(value, bool):
        return str(value)
    kind = type(value).__name__
    return f"{kind}({len(value)})" if isinstance(value, Sized) else kind


def show(value: Any) -> str:
    """Write a value as it is, up to a length that a table can hold."""
    text = repr(value)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " …"


def _masked(name: str, value: Any) -> str:
    is_id = isinstance(value, int | str) and _ID_NAME.fullmatch(name)
    return str(value) if is_id and _ID.fullmatch(str(value)) else mask(value)


def arguments_of(kwargs: Any) -> Mapping[str, Any]:
    """Take the arguments out of a record: they travel under one keyword, ``data``."""
    given = _mapping(kwargs) or {}
    data = _mapping(given.get("data"))
    return given if data is None else data


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None

"""Masking: what a job's arguments are, without what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from hutch.masking import mask_item

MOST_CHARACTERS = 2000


def mask_arguments(arguments: Mapping[str, Any]) -> str:
    """Describe arguments by name: ``post_id=17, text=str(280), urls=list(2)``.

    Shown are only numbers and UUIDs whose name says that they are an id.
    """
    return ", ".join(f"{name}={mask_item(name, value)}" for name, value in arguments.items())


def show(value: Any) -> str:
    """Write a value as it is, up to a length that a table can hold."""
    text = repr(value)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " …"


def arguments_of(kwargs: Any) -> Mapping[str, Any]:
    """Take the arguments out of a record: they travel under one keyword, ``data``."""
    given = _mapping(kwargs) or {}
    data = _mapping(given.get("data"))
    return given if data is None else data


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None

"""Hashes of values, for keys: the same in every process and on every run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel

from hutch_cache.errors import InvalidValue

_WRITTEN = (date, datetime, time, timedelta, Decimal, UUID)


def hash_of(value: object) -> str:
    """Return the SHA-256 of a value, 64 hexadecimal digits.

    The order of sets and dictionaries does not matter. Values of different types have
    different hashes (1, 1.0 and "1" do), but tuples count as lists.

    Args:
        value: Of JSON's types, a set, date, time, Decimal, UUID, bytes, enum, dataclass or
            pydantic model, or made of those.

    Raises:
        InvalidValue: It holds something else, whose text may be another in each process.
    """
    return hashlib.sha256(_text(value).encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Write what JSON has no type for as ``{"its type": ...}``, which no dictionary becomes."""
    if isinstance(value, Enum):
        return {_name(value): _plain(value.value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, set | frozenset):
        return {"set": sorted(_text(item) for item in cast("set[object]", value))}
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        return {"dict": sorted([_text(name), _text(item)] for name, item in items)}
    return {_name(value): _written(value)}


def _written(value: Any) -> Any:
    if isinstance(value, _WRITTEN):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, BaseModel):
        return _plain(dict(value))
    if is_dataclass(value) and not isinstance(value, type):
        return _plain({field.name: getattr(value, field.name) for field in fields(value)})
    raise InvalidValue(
        f"hash_of(): a {type(value).__name__} has no text that is the same in every process; "
        "pass its id, or the values that tell it apart."
    )


def _name(value: object) -> str:
    return type(value).__name__

"""Columns: how the apps' tables keep what their models are annotated with."""

from __future__ import annotations

import enum
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Enum

from hutch_database import UtcDateTime

COLUMNS: MappingProxyType[Any, Any] = MappingProxyType(
    {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        dict[str, float]: JSON(),
        dict[str, str]: JSON(),
        list[str]: JSON(),
        enum.Enum: Enum(enum.Enum, native_enum=False, length=16),
    }
)
"""The ``type_annotation_map`` of the apps. Kinds of states are texts of up to 16 characters."""


def new_id() -> str:
    """Make an id that nobody can guess."""
    return uuid4().hex

"""Masking: what a value is, without what it says."""

from __future__ import annotations

import re
from collections.abc import Sized
from typing import Any

_ID_NAME = re.compile(r"(?i)(.*_)?(id|uuid)")
_ID = re.compile(r"[0-9A-Fa-f-]{1,36}")


def mask(value: Any) -> str:
    """Describe a value by its type and length."""
    if value is None or isinstance(value, bool):
        return str(value)
    kind = type(value).__name__
    return f"{kind}({len(value)})" if isinstance(value, Sized) else kind


def mask_item(name: str, value: Any) -> str:
    """Describe a named value; a number or UUID whose name says that it is an id is shown."""
    is_id = isinstance(value, int | str) and _ID_NAME.fullmatch(name)
    return str(value) if is_id and _ID.fullmatch(str(value)) else mask(value)

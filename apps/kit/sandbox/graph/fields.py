"""The ``fields`` that a call asks for, and the pages of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import Field

from kit.sandbox.graph.refusals import invalid
from kit.sandbox.strict import Strict

T = TypeVar("T")
_COMMA = re.compile(r",(?![^()]*\))")


class FieldsQuery(Strict):
    """The query that reads one object."""

    fields: str = ""


class ListQuery(FieldsQuery):
    """The query that reads a list; a cursor is a count of entries."""

    limit: int = Field(default=25, ge=1, le=100)
    after: int = Field(default=0, ge=0)
    since: int = 0


def chosen(values: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """Choose the fields asked for; the id is always told, and what is None never.

    Raises:
        Refusal: There is no such field.
    """
    asked = [re.split(r"[.(]", field)[0] for field in _COMMA.split(fields) if field]
    for name in asked:
        if name not in values:
            raise invalid([f"Tried accessing nonexisting field ({name})"])
    told = {name: values[name] for name in ["id", *asked]}
    return {name: value for name, value in told.items() if value is not None}


def page(
    entries: Sequence[T], query: ListQuery, address: str
) -> tuple[Sequence[T], dict[str, Any]]:
    """Cut out a page; return it and what ``paging`` says. The address holds the token."""
    end = query.after + query.limit
    paging: dict[str, Any] = {"cursors": {"before": str(query.after), "after": str(end)}}
    if end < len(entries):
        paging["next"] = address
    return entries[query.after : end], paging

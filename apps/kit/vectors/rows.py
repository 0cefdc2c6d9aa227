"""Rows: what both backends do in the same way, whatever type holds the vector."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, and_, delete, func, select

from hutch_database import Session, insert
from kit.vectors.errors import InvalidTag
from kit.vectors.port import Entry, Space
from kit.vectors.vector import Vector, unit_vector

_TAG = re.compile(r"[A-Za-z0-9_.-]{1,64}")
KEY = ("space", "model", "id")
BATCH = 500
"""Rows per statement: well below what databases take as parameters."""


class Rows:
    """The rows of one table.

    Args:
        table: With the columns of ``tables``.
        write: Turns a vector into what the column takes.
    """

    def __init__(self, table: Table, write: Callable[[Vector], object]) -> None:
        self.table = table
        self._write = write

    def within(self, space: Space, tags: Mapping[str, str] | None) -> ColumnElement[bool]:
        """Say what lies in a space and carries the tags."""
        columns = self.table.c
        return and_(
            columns.space == space.name,
            columns.model == space.model,
            columns.dimensions == space.dimensions,
            *(columns.tags[name].as_string() == tag for name, tag in _checked(tags or {}).items()),
        )

    async def upsert(self, session: Session, space: Space, entries: Iterable[Entry]) -> None:
        """Keep vectors; see ``Vectors.upsert``."""
        # Of one id that comes twice the last counts; one statement may not write a row twice.
        rows = {entry.id: self._row(space, entry) for entry in entries}
        for batch in _batches(list(rows.values())):
            await session.execute(self._statement(session, batch))

    async def known(self, session: Session, space: Space, ids: Iterable[str]) -> set[str]:
        """Tell which ids are there; see ``Vectors.known``."""
        found = set[str]()
        for batch in _batches(list(ids)):
            asked = self.within(space, None) & self.table.c.id.in_(batch)
            found.update(await session.scalars(select(self.table.c.id).where(asked)))
        return found

    async def tags(
        self, session: Session, space: Space, ids: Iterable[str]
    ) -> dict[str, Mapping[str, str]]:
        """Read what some vectors carry; those that are gone are left out."""
        carried: dict[str, Mapping[str, str]] = {}
        for batch in _batches(list(ids)):
            asked = self.within(space, None) & self.table.c.id.in_(batch)
            rows = await session.execute(select(self.table.c.id, self.table.c.tags).where(asked))
            carried.update((row.id, row.tags) for row in rows)
        return carried

    async def delete(self, session: Session, space: Space, ids: Iterable[str]) -> int:
        """Delete rows; see ``Vectors.delete``."""
        gone = 0
        for batch in _batches(list(ids)):
            asked = self.within(space, None) & self.table.c.id.in_(batch)
            done = await session.execute(delete(self.table).where(asked))
            gone += cast(CursorResult[Any], done).rowcount
        return gone

    async def count(self, session: Session, space: Space, tags: Mapping[str, str] | None) -> int:
        """Count rows; see ``Vectors.count``."""
        query = select(func.count()).select_from(self.table).where(self.within(space, tags))
        return await session.scalar(query) or 0

    def _row(self, space: Space, entry: Entry) -> dict[str, Any]:
        made = unit_vector(entry.vector, space.dimensions, f"{entry.id!r} in {space.name!r}")
        return {
            "space": space.name,
            "model": space.model,
            "id": entry.id,
            "dimensions": space.dimensions,
            "vector": self._write(made),
            "tags": _checked(entry.tags),
        }

    def _statement(self, session: Session, rows: Sequence[dict[str, Any]]) -> Any:
        statement = insert(session, self.table).values(rows)
        replaced = {name: statement.excluded[name] for name in ("dimensions", "vector", "tags")}
        return statement.on_conflict_do_update(index_elements=KEY, set_=replaced)


def _checked(tags: Mapping[str, str]) -> dict[str, str]:
    for name in tags:
        if not _TAG.fullmatch(name):
            raise InvalidTag(
                f"{name[:80]!r} is no name of a tag: write letters, digits and _.- , at most 64."
            )
    return dict(tags)


def _batches(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))

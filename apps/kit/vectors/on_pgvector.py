"""Vectors in PostgreSQL's extension pgvector: the server compares.

It compares every vector of the space, exactly, until an operator makes an index; with one it
is fast and finds nearly all of the nearest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ColumnElement, Float, bindparam, cast, inspect, select
from sqlalchemy.engine import Connection

from hutch_database import Database, Session
from kit.vectors.errors import VectorsUnavailable
from kit.vectors.port import Entry, Match, Space, Vectors
from kit.vectors.rows import Rows
from kit.vectors.tables import pgvectors
from kit.vectors.vector import Vector, unit_vector

REVISION = "d41c7a9e2b60"
"""The migration that makes the table, where the server has pgvector by then."""


def _write(vector: Vector) -> list[float]:
    numbers: list[float] = vector.tolist()
    return numbers


class PgVectors(Vectors):
    """Vectors of pgvector's type; see ``Vectors``."""

    def __init__(self) -> None:
        self._rows = Rows(pgvectors, _write)

    async def upsert(self, session: Session, space: Space, entries: Iterable[Entry]) -> None:
        """Keep vectors; see ``Vectors.upsert``."""
        await self._rows.upsert(session, space, entries)

    async def nearest(
        self,
        session: Session,
        space: Space,
        vector: Sequence[float] | Vector,
        count: int = 10,
        *,
        tags: Mapping[str, str] | None = None,
        least: float = -1.0,
    ) -> list[Match]:
        """Let the server compare; see ``Vectors.nearest``."""
        sought = unit_vector(vector, space.dimensions, "the search")
        distance = _distance(space.dimensions, sought)
        columns = pgvectors.c
        query = select(columns.id, columns.tags, distance.label("distance")).where(
            self._rows.within(space, tags)
        )
        found = await session.execute(query.order_by(distance, columns.id).limit(count))
        matches = [Match(row.id, 1.0 - row.distance, row.tags) for row in found]
        return [match for match in matches if match.score >= least]

    async def known(self, session: Session, space: Space, ids: Iterable[str]) -> set[str]:
        """Tell which ids have a vector; see ``Vectors.known``."""
        return await self._rows.known(session, space, ids)

    async def delete(self, session: Session, space: Space, ids: Iterable[str]) -> int:
        """Forget vectors; see ``Vectors.delete``."""
        return await self._rows.delete(session, space, ids)

    async def count(
        self, session: Session, space: Space, *, tags: Mapping[str, str] | None = None
    ) -> int:
        """Count vectors; see ``Vectors.count``."""
        return await self._rows.count(session, space, tags)


async def open_pgvectors(database: Database) -> AsyncIterator[PgVectors]:
    """Make sure that the database has what it takes.

    Raises:
        VectorsUnavailable: It is not PostgreSQL, or has no pgvector.
    """
    if database.dialect != "postgresql":
        raise VectorsUnavailable(
            f"vectors.backend is pgvector, and the database is {database.dialect}: use the "
            "backend exact, or a PostgreSQL server."
        )
    async with database.engine.connect() as connection:
        if not await connection.run_sync(_has_table):
            raise VectorsUnavailable(
                "vectors.backend is pgvector, and the database has no table "
                f"{pgvectors.name!r}: install pgvector on the server, then run "
                "`hutch db upgrade`. If the database was upgraded before pgvector came, first "
                f"delete {REVISION} from alembic_version."
            )
    yield PgVectors()


def _has_table(connection: Connection) -> bool:
    return inspect(connection).has_table(pgvectors.name)


def _distance(dimensions: int, sought: Vector) -> ColumnElement[Any]:
    # The length stands in the statement itself: an index is made for one length, and is used
    # where the expression is the same.
    sized = VECTOR(dimensions)
    return cast(pgvectors.c.vector, sized).op("<=>", return_type=Float())(
        bindparam("sought", sought.tolist(), type_=sized)
    )

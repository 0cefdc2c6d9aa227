"""Exact cosine over float32 blobs, on any database: every vector of the space is compared.

Measure before there are more than some ten thousand: each search reads them all.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import select

from hutch_database import Session
from kit.vectors.port import Entry, Match, Space, Vectors
from kit.vectors.rows import Rows
from kit.vectors.tables import blobs
from kit.vectors.vector import Vector, unit_vector

PART = 1_000
"""How many rows are compared at once."""
_FLOATS = np.dtype("<f4")
Scored = tuple[float, str]
"""Minus the score, so that the best comes first, and of equals the smaller id."""


def _write(vector: Vector) -> bytes:
    return vector.astype(_FLOATS).tobytes()


class ExactVectors(Vectors):
    """Vectors as blobs; see ``Vectors``."""

    def __init__(self) -> None:
        self._rows = Rows(blobs, _write)

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
        """Compare with every vector; see ``Vectors.nearest``."""
        sought = unit_vector(vector, space.dimensions, "the search")
        query = select(blobs.c.id, blobs.c.vector).where(self._rows.within(space, tags))
        rows = await session.stream(query)
        best: list[Scored] = []
        async for part in rows.partitions(PART):
            best = heapq.nsmallest(count, best + _scored(part, sought, count))
        found = {id_: -minus for minus, id_ in best if -minus >= least}
        # Tags are read of the few that are found, not of all that are compared.
        carried = await self._rows.tags(session, space, found)
        return [Match(id_, score, carried[id_]) for id_, score in found.items() if id_ in carried]

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


def _scored(rows: Sequence[Any], sought: Vector, count: int) -> list[Scored]:
    """Score a part; leave out what is not among its best."""
    kept = np.frombuffer(b"".join(row.vector for row in rows), dtype=_FLOATS)
    scores = kept.reshape(len(rows), -1) @ sought
    floor = np.partition(scores, -count)[-count] if 0 < count < len(rows) else -np.inf
    return [(-float(scores[at]), rows[at].id) for at in np.flatnonzero(scores >= floor).tolist()]

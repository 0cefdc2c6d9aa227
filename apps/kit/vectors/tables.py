"""The tables: one of float32 blobs, and one of pgvector's own type."""

from typing import Any

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table
from sqlalchemy.dialects.postgresql import JSONB

from hutch_database import metadata

_metadata = metadata()


def _table(name: str, vector: Any) -> Table:
    return Table(
        name,
        _metadata,
        Column("space", String, primary_key=True),
        Column("model", String, primary_key=True),
        Column("id", String, primary_key=True),
        Column("dimensions", Integer, nullable=False),
        Column("vector", vector, nullable=False),
        Column("tags", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )


blobs = _table("kit_vectors", LargeBinary)
pgvectors = _table("kit_pgvectors", VECTOR)

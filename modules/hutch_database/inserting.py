"""Inserting: the statement that knows what to do about rows that are there already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from hutch_database.port import Session


def insert(session: Session, table: Table | type[Any]) -> postgresql.Insert | sqlite.Insert:
    """Make an insert with ``on_conflict_do_update`` and ``on_conflict_do_nothing``.

    SQLAlchemy has one for each database, and no common one.
    """
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)

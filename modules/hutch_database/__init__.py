"""The database: SQLAlchemy on SQLite or PostgreSQL, Alembic migrations, a session per request."""

from hutch_database.base import NAMING, UtcDateTime, metadata
from hutch_database.errors import (
    DatabaseError,
    DatabaseUnusable,
    InvalidMigrations,
    InvalidUrl,
    NotMigrated,
)
from hutch_database.inserting import insert
from hutch_database.migrations.run import (
    BranchState,
    new_revision,
    state,
    upgrade,
)
from hutch_database.module import database_module
from hutch_database.opening import connect
from hutch_database.port import Database, Session
from hutch_database.schema import Schema
from hutch_database.settings import DatabaseSettings

__all__ = [
    "NAMING",
    "BranchState",
    "Database",
    "DatabaseError",
    "DatabaseSettings",
    "DatabaseUnusable",
    "InvalidMigrations",
    "InvalidUrl",
    "NotMigrated",
    "Schema",
    "Session",
    "UtcDateTime",
    "connect",
    "database_module",
    "insert",
    "metadata",
    "new_revision",
    "state",
    "upgrade",
]

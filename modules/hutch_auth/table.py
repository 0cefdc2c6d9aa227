"""The tables: users and their API tokens."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
)

from hutch_database import UtcDateTime, metadata

_metadata = metadata()
_id = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "hutch_auth_users",
    _metadata,
    Column("id", _id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("password", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # No id is given twice: a session of a user that was must not be another's.
    sqlite_autoincrement=True,
)

tokens = Table(
    "hutch_auth_tokens",
    _metadata,
    Column("id", String, primary_key=True),
    Column("user_id", _id, ForeignKey(users.c.id), nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False),
    Column("label", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

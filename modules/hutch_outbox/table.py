"""The table: jobs that are committed and not yet in their queue."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from hutch_database import UtcDateTime, metadata

outbox = Table(
    "hutch_outbox",
    metadata(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("queue", String, nullable=False),
    Column("job_id", String, nullable=False),
    Column("job", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # No number is given twice: a relay that is late must not delete what came after.
    sqlite_autoincrement=True,
)

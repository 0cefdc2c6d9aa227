"""SQLite: transactions that many processes can write with.

A transaction here begins with its first write, by ``BEGIN IMMEDIATE``: the writer
takes the lock at once or waits for it. The driver's own ``BEGIN`` would read first
and ask for the lock later, and fail at once, without waiting, when another process
wrote in between (SQLITE_BUSY_SNAPSHOT, https://sqlite.org/isolation.html). Reads
before the first write see what is committed at that moment, as they do under
PostgreSQL's READ COMMITTED.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, SelectBase, TextualSelect, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, ExecutionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from hutch_database.errors import DatabaseUnusable

BUSY_SECONDS = 15.0
"""How long a writer waits for another one."""

CONNECT: dict[str, Any] = {"isolation_level": None, "timeout": BUSY_SECONDS}
"""Driver arguments: the driver begins nothing by itself, and waits for locks."""

_READING = ("SELECT", "VALUES", "EXPLAIN", "PRAGMA")
_OUTSIDE_TRANSACTIONS = ("BEGIN", "VACUUM", "ATTACH", "DETACH")
_WITHOUT_LOCK = (*_READING, *_OUTSIDE_TRANSACTIONS)


def prepare(engine: AsyncEngine) -> None:
    """Make the engine's connections check foreign keys and begin at the first write."""
    event.listen(engine.sync_engine, "connect", _check_foreign_keys)
    event.listen(engine.sync_engine, "before_cursor_execute", _begin_at_write)


def is_locked(error: DBAPIError) -> bool:
    """Tell whether an error means that another connection holds the lock."""
    original = error.orig
    code = original.sqlite_errorcode if isinstance(original, sqlite3.Error) else 0
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


async def check_file(engine: AsyncEngine) -> None:
    """Create the file and its folder where they are missing, and prove that it can be written.

    Raises:
        DatabaseUnusable: The folder or file is read-only, the disk is full, the file is
            no database, or its file system cannot share memory between processes.
    """
    file = Path(engine.url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(
            f"the folder {file.parent} of the SQLite database cannot be made: "
            f"{error.strerror}. Make it, or name another file in the database URL."
        ) from error
    try:
        async with engine.connect() as connection:
            await _write_ahead(connection, file)
            await _write(connection)
    except DBAPIError as error:
        if not is_locked(error):  # Who is locked out has found a database that can be written.
            raise DatabaseUnusable(
                f"the SQLite database {file} cannot be used: {error.orig}. It must be a SQLite "
                "file with write permission, for its folder too, on a disk with free space."
            ) from error


def check_references(connection: Connection) -> None:
    """Refuse rows that refer to missing rows, as only unchecked writes can leave them.

    Raises:
        DatabaseUnusable: There are such rows; the message names their tables.
    """
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if rows:
        tables = sorted({f"{row[0]} -> {row[2]}" for row in rows})
        raise DatabaseUnusable(
            f"the migrations leave {len(rows)} rows that refer to missing rows "
            f"({', '.join(tables)}); delete or correct them in the migration."
        )


async def _write_ahead(connection: AsyncConnection, file: Path) -> None:
    mode = (await connection.exec_driver_sql("PRAGMA journal_mode=WAL")).scalar_one()
    if mode != "wal":
        raise DatabaseUnusable(
            f"the SQLite database {file} cannot use a write-ahead log (its journal mode stays "
            f"{mode!r}), as on network file systems; put it on a local disk, or use PostgreSQL."
        )


async def _write(connection: AsyncConnection) -> None:
    """Write what is there already: it needs permission and room, and changes nothing."""
    await connection.exec_driver_sql("BEGIN IMMEDIATE")
    version = (await connection.exec_driver_sql("PRAGMA user_version")).scalar_one()
    await connection.exec_driver_sql(f"PRAGMA user_version={int(version)}")
    await connection.commit()


def _check_foreign_keys(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_at_write(
    connection: Connection,
    _cursor: DBAPICursor,
    statement: str,
    _parameters: Any,
    context: ExecutionContext,
    _executemany: bool,
) -> None:
    if _locks(statement, context):
        driver = connection.connection.driver_connection
        if driver is not None and not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _locks(statement: str, context: ExecutionContext) -> bool:
    """Tell whether a statement needs the write lock; in doubt it does."""
    invoked = context.invoked_statement
    # SQLite has no row locks: the lock of the whole file stands for them.
    if getattr(invoked, "_for_update_arg", None) is not None:
        return True
    # A text with named columns is a SelectBase, too, but may be INSERT ... RETURNING.
    if isinstance(invoked, SelectBase) and not isinstance(invoked, TextualSelect):
        return False
    return not statement.lstrip()[:8].upper().startswith(_WITHOUT_LOCK)

"""Locks: of several processes that start at once, one migrates and the others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hutch_database.sqlite import is_locked

_KEY = 0x6875746368  # "hutch"; advisory locks of PostgreSQL are told apart by number only
_RETRY_SECONDS = 0.2
_turn = asyncio.Lock()  # Alembic's `op` is one per process


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection on which nobody else migrates meanwhile.

    It is thrown away afterwards: with it go its settings and its lock.
    """
    async with _turn, engine.connect() as connection:
        try:
            await (_lock_out if engine.dialect.name == "postgresql" else _relax)(connection)
            yield connection
        finally:
            await connection.invalidate()


def lock_file(connection: Connection) -> None:
    """Take SQLite's write lock before anything is read, however long another one migrates."""
    while connection.dialect.name == "sqlite":
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if not is_locked(error):
                raise
        else:
            return


async def _lock_out(connection: AsyncConnection) -> None:
    # Ask again and again: a statement that waits would hold a snapshot, for which
    # CREATE INDEX CONCURRENTLY in the other process's migration waits in turn.
    while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({_KEY})")):
        await connection.rollback()
        await asyncio.sleep(_RETRY_SECONDS)
    await connection.commit()


async def _relax(connection: AsyncConnection) -> None:
    # Alembic's batch operations drop and remake tables, which would delete the rows that
    # refer to them: https://sqlite.org/lang_altertable.html#otheralter
    await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    await connection.commit()

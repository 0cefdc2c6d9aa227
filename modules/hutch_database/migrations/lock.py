"""Locks: of several processes that start at once, one migrates and the others wait.

They outlast the transactions of migrations that commit in between, and end with
the process that holds them, however it dies.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_KEY = 0x6875746368  # "hutch"; advisory locks of PostgreSQL are told apart by number only
_RETRY_SECONDS = 0.1
# Alembic's `op` is one per process. An asyncio.Lock would belong to one event loop for good.
_turn = threading.Lock()


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection on which nobody else migrates meanwhile.

    It is thrown away afterwards, and with it its lock and settings.
    """
    lock = _server_lock if engine.dialect.name == "postgresql" else _file_lock
    async with _in_turn(), engine.connect() as connection:
        try:
            async with lock(connection):
                yield connection
        finally:
            await connection.invalidate()


@asynccontextmanager
async def _in_turn() -> AsyncIterator[None]:
    while not _turn.acquire(blocking=False):  # noqa: ASYNC110 - see _turn
        await asyncio.sleep(_RETRY_SECONDS)
    try:
        yield
    finally:
        _turn.release()


@asynccontextmanager
async def _server_lock(connection: AsyncConnection) -> AsyncIterator[None]:
    # Ask again and again: a statement that waits would hold a snapshot, for which
    # CREATE INDEX CONCURRENTLY in the other process's migration waits in turn.
    while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({_KEY})")):
        await connection.rollback()
        await asyncio.sleep(_RETRY_SECONDS)
    await connection.commit()
    yield


@asynccontextmanager
async def _file_lock(connection: AsyncConnection) -> AsyncIterator[None]:
    # Alembic's batch operations drop and remake tables, which would delete the rows that
    # refer to them: https://sqlite.org/lang_altertable.html#otheralter
    await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    await connection.commit()
    file = f"{connection.engine.url.database}-migrating"
    # A database of its own, because SQLite's locks work on every platform.
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
        while not _locked(lock):  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(_RETRY_SECONDS)
        yield


def _locked(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True

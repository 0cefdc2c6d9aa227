"""Turn: of several relays one is at work, so that jobs keep their order.

Whoever has the turn loses it with its connection, or its process, however that dies.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from sqlalchemy import text

from hutch_database import Database, Session

_RETRY_SECONDS = 0.05
# Advisory locks of PostgreSQL are told apart by number only: "outbox". A relay that is frozen,
# or whose host is gone, is cut off, for nobody else would get the turn.
_TAKE = text(
    f"SELECT pg_try_advisory_xact_lock({0x6F7574626F78}), "
    "set_config('idle_in_transaction_session_timeout', '10s', true)"
)


@asynccontextmanager
async def turn(database: Database) -> AsyncIterator[Session]:
    """Wait until no other relay is at work, and open a session; its end ends the turn."""
    take = _on_server if database.dialect == "postgresql" else _on_file
    while True:
        async with take(database) as session:
            if session is not None:
                yield session
                return
        await asyncio.sleep(_RETRY_SECONDS)


@asynccontextmanager
async def _on_server(database: Database) -> AsyncIterator[Session | None]:
    async with database.session() as session:
        yield session if await session.scalar(_TAKE) else None


@asynccontextmanager
async def _on_file(database: Database) -> AsyncIterator[Session | None]:
    # A file of its own: the database's lock would keep writers out meanwhile.
    file = f"{database.engine.url.database}-relaying"
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
        if not _locked(lock):
            yield None
            return
        async with database.session() as session:
            yield session


def _locked(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True

"""Opening: from settings to a database that is known to work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hutch_database import postgresql, sqlite
from hutch_database.port import Database
from hutch_database.urls import parse_url


@asynccontextmanager
async def connect(url: str, pool_size: int = 10) -> AsyncIterator[Database]:
    """Open the database of a URL, check it, and close it at the end of the block.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST:PORT/NAME``.
        pool_size: Connections held open.

    Raises:
        InvalidUrl: The URL names no database that can be used.
        DatabaseUnusable: The file cannot be written, or the server refuses.
    """
    engine = _new_engine(parse_url(url), pool_size)
    try:
        await _check(engine)
        yield Database(engine)
    finally:
        await engine.dispose()


def _new_engine(url: URL, pool_size: int) -> AsyncEngine:
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=not is_sqlite,
        # Errors quote parameters otherwise, and errors are logged.
        hide_parameters=True,
        connect_args=sqlite.CONNECT if is_sqlite else postgresql.CONNECT,
    )
    if is_sqlite:
        sqlite.prepare(engine)
    return engine


async def _check(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        await sqlite.check_file(engine)
    else:
        await postgresql.check_server(engine)

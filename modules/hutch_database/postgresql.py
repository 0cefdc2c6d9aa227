"""PostgreSQL: what is wrong for good, and what only waits for the server."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from hutch_database.errors import DatabaseUnusable

CONNECT: dict[str, Any] = {"timeout": 10.0}
"""Driver arguments: seconds after which an attempt to connect is given up."""

_log = structlog.get_logger(__name__)


async def check_server(engine: AsyncEngine) -> None:
    """Tell a server that refuses us from one that is not there yet.

    The app starts without its server, and is not ready until it comes.

    Raises:
        DatabaseUnusable: The user, password or database name is wrong.
    """
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (OSError, DBAPIError) as error:
        if _is_refused(error):
            raise DatabaseUnusable(
                f"PostgreSQL refuses {engine.url.render_as_string(hide_password=True)}: "
                f"{_reason(error)}. Check user, password and database name in the database URL."
            ) from None
        _log.warning("database is not reachable", reason=type(error).__name__)


def _is_refused(error: Exception) -> bool:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    # Class 28 is invalid authorization, 3D000 an unknown database:
    # https://www.postgresql.org/docs/current/errcodes-appendix.html
    return state.startswith("28") or state == "3D000"


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", error)).split(">: ")[-1]

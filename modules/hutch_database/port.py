"""The database of an app, and the session of a request or job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

Session = AsyncSession
"""One per request or job: SQLAlchemy's ``AsyncSession``, injected by this type."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database.

    Attributes:
        engine: SQLAlchemy's engine, for what sessions do not do.
    """

    engine: AsyncEngine

    @property
    def dialect(self) -> str:
        """``"sqlite"`` or ``"postgresql"``."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open a session that is committed when its block ends.

        It is rolled back when the block raises or is cancelled. The block may commit
        earlier itself and go on. It connects at its first statement; objects stay
        readable after a commit. Isolation is READ COMMITTED on both databases.
        """
        async with Session(self.engine, expire_on_commit=False) as session:
            yield session
            await session.commit()

    async def ping(self) -> None:
        """Ask the database for an answer.

        Raises:
            OSError: It cannot be reached.
            sqlalchemy.exc.SQLAlchemyError: It refuses.
        """
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))


async def open_session(database: Database) -> AsyncIterator[Session]:
    """Open the session of one request or job."""
    async with database.session() as session:
        yield session

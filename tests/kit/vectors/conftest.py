from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.postgres import Server

from hutch_database import Database, connect, upgrade
from kit.vectors import vectors_module

BRANCHES = list(vectors_module().contributions)


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    async with connect(f"sqlite:///{tmp_path / 'app.db'}") as database:
        await upgrade(database, BRANCHES)
        yield database


@pytest.fixture(scope="session")
async def migrated(postgres: Server) -> str:
    url = await postgres.new_database()
    async with connect(url) as database:
        await upgrade(database, BRANCHES)
    return url


@pytest.fixture
async def server(migrated: str) -> AsyncIterator[Database]:
    async with connect(migrated) as database:
        yield database
        async with database.session() as session:
            for table in ("kit_vectors", "kit_pgvectors"):
                await session.execute(text(f"TRUNCATE {table}"))

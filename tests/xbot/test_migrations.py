"""The migrations make the tables that the models describe."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from tests.postgres import Server

from hutch.contributions import Migrations
from hutch_database import Database, connect, upgrade
from xbot.models import Base


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'xbot.db'}"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = await server.new_database()
    async with connect(url) as database:
        await upgrade(database, [Migrations("xbot", "xbot:migrations")])
        yield database


async def test_models_and_migrations_agree(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    differences = compare_metadata(
        MigrationContext.configure(connection, opts=options), Base.metadata
    )
    return [found for found in differences if "alembic" not in str(found)]

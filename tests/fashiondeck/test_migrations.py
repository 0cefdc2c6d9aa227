"""The migrations make the tables that the models describe."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from tests.postgres import Server

from fashiondeck.models import Base
from hutch.contributions import Migrations
from hutch_database import Database, connect, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Server
) -> AsyncIterator[Database]:
    on_postgres = request.param == "postgresql"
    url = await postgres.new_database() if on_postgres else f"sqlite:///{tmp_path / 'deck.db'}"
    async with connect(url) as database:
        await upgrade(database, [Migrations("fashiondeck", "fashiondeck:migrations")])
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

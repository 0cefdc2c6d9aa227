"""The migration makes the table that the model describes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from tests.postgres import Server

from hutch.contributions import Migrations
from hutch_database import Database, connect, upgrade
from kit.publishing.models import Base


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Server
) -> AsyncIterator[Database]:
    on_postgres = request.param == "postgresql"
    url = await postgres.new_database() if on_postgres else f"sqlite:///{tmp_path / 'app.db'}"
    async with connect(url) as database:
        await upgrade(database, [Migrations("kit_publishing", "kit.publishing:migrations")])
        yield database


async def test_model_and_migration_agree(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    differences = compare_metadata(
        MigrationContext.configure(connection, opts=options), Base.metadata
    )
    return [found for found in differences if "alembic" not in str(found)]

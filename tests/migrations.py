"""Migrations make the tables that models describe, on both databases."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from tests.postgres import Server

from hutch.contributions import Migrations
from hutch_database import connect, upgrade


async def agree(branch: Migrations, tables: MetaData, folder: Path, postgres: Server) -> None:
    """Upgrade an empty SQLite and an empty PostgreSQL, and compare them with the tables."""

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), tables)
        return [difference for difference in found if "alembic" not in str(difference)]

    for url in (f"sqlite:///{folder / 'empty.db'}", await postgres.new_database()):
        async with connect(url) as database:
            await upgrade(database, [branch])
            async with database.engine.connect() as connection:
                assert await connection.run_sync(differences) == [], database.dialect

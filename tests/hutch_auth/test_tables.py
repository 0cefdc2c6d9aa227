"""The tables that the migrations make are those that the code has."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from hutch_auth.table import users as table
from hutch_auth.table_users import TableUsers
from hutch_database import Database


def _differences(connection: Connection) -> list[object]:
    ours = set(table.metadata.tables)

    def is_ours(_: object, name: str | None, kind: str, *more: object) -> bool:
        return kind != "table" or name in ours

    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    found: list[object] = compare_metadata(context, table.metadata)
    return found


async def _compare(database: Database) -> list[object]:
    async with database.engine.connect() as connection:
        return await connection.run_sync(_differences)


async def test_migrations_make_the_tables_on_sqlite(database: Database) -> None:
    assert await _compare(database) == []


async def test_migrations_make_the_tables_on_postgresql(server_database: Database) -> None:
    assert await _compare(server_database) == []


@pytest.mark.req("R24-57")
async def test_secrets_are_not_in_the_tables(database: Database, users: TableUsers) -> None:
    ada = await users.add("ada", "correct horse battery")
    secret = (await users.issue(ada.id, "script")).text.split("_", 2)[2]
    async with database.engine.connect() as connection:
        stored = ""
        for table in ("hutch_auth_users", "hutch_auth_tokens"):
            rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")
            stored += repr(rows.all())
    assert "ada" in stored
    assert secret not in stored
    assert "correct horse" not in stored

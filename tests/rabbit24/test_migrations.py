"""The migrations make the tables that the models describe, and keep what was there."""

from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from tests.postgres import Server

from hutch.contributions import Migrations
from hutch_database import Database, connect, upgrade
from hutch_database.migrations.scripts import Scripts
from rabbit24.models import Base

BRANCHES = [
    Migrations("kit_publishing", "kit.publishing:migrations"),
    Migrations("rabbit24", "rabbit24:migrations"),
]
OLD_POST = """
    INSERT INTO post VALUES ('p1', 'brand', 'Hello', 'APPROVED', '2026-01-01', '2026-01-01')
"""
OLD_PUBLICATION = """
    INSERT INTO publication VALUES (
        'u1', 'p1', 'x-main', 'TWITTER', 'PUBLISHED', 'a1', '2026-01-01', '2026-01-01', NULL,
        false, '123', 'https://x.com/123', NULL, '2026-01-01')
"""
OLD_ORDER = """
    INSERT INTO distribution_schedule (post_number, connections, request_ai_assets, created_at)
    VALUES (1, '["1"]', false, '2026-01-01')
"""
OLD_MATERIALS = """
    INSERT INTO material (id, brand_profile_id, file, kind, status, details, created_at) VALUES
    ('m1', 'b', 'f', 'IMAGE', 'ANALYZED', '{"bytes" : "84"}', '2026-01-01'),
    ('m2', 'b', 'g', 'IMAGE', 'PENDING', '{}', '2026-01-01')
"""
SECOND = "2b9d4a6e80f1"
"""The revision of the second release."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Server
) -> AsyncIterator[Database]:
    on_postgres = request.param == "postgresql"
    url = await postgres.new_database() if on_postgres else f"sqlite:///{tmp_path / 'app.db'}"
    async with connect(url) as database:
        yield database


async def test_models_and_migrations_agree(empty: Database) -> None:
    await upgrade(empty, BRANCHES)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_posts_of_the_first_release_are_kept(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.run_sync(_first_release)
    await upgrade(empty, BRANCHES)
    async with empty.engine.connect() as connection:
        query = text("SELECT post_id, account_id, network, state, remote_url FROM kit_publication")
        moved = (await connection.execute(query)).one()
        brand = (await connection.execute(text("SELECT id, user_id FROM brand_profile"))).one()
        post = (await connection.execute(text("SELECT id FROM post_number"))).one()
    assert tuple(moved) == ("p1", "x-main", "TWITTER", "PUBLISHED", "https://x.com/123")
    assert (tuple(brand), tuple(post)) == (("brand", None), (1,))


async def test_numbers_go_on_where_those_of_the_second_release_ended(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.run_sync(at_revision, SECOND)
        await connection.execute(text("INSERT INTO connection (account_id) VALUES ('a1'), ('a2')"))
    await upgrade(empty, BRANCHES)
    async with empty.engine.begin() as connection:
        await connection.execute(text("DELETE FROM connection WHERE id = 2"))
        await connection.execute(text("INSERT INTO connection (account_id) VALUES ('a3')"))
        found = (await connection.execute(text("SELECT id, account_id FROM connection"))).all()
    assert sorted(map(tuple, found)) == [(1, "a1"), (3, "a3")]


async def test_orders_of_the_second_release_have_begun(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.run_sync(at_revision, SECOND)
        await connection.execute(text(OLD_ORDER))
    await upgrade(empty, BRANCHES)
    async with empty.engine.connect() as connection:
        query = text("SELECT begun_at = created_at FROM distribution_schedule")
        assert await connection.scalar(query)


async def test_sizes_of_materials_are_those_that_the_analysis_told(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.run_sync(at_revision, SECOND)
        await connection.execute(text(OLD_MATERIALS))
    await upgrade(empty, BRANCHES)
    async with empty.engine.connect() as connection:
        found = await connection.execute(text("SELECT id, size FROM material ORDER BY id"))
    assert [tuple(row) for row in found] == [("m1", 84), ("m2", 0)]


def at_revision(connection: Connection, revision: str) -> None:
    config = Scripts(BRANCHES).config
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _first_release(connection: Connection) -> None:
    first: Any = import_module("rabbit24.migrations.0001_posts_and_publications")
    with Operations.context(MigrationContext.configure(connection)):
        first.upgrade()
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    connection.execute(text(f"INSERT INTO alembic_version VALUES ('{first.revision}')"))
    connection.execute(text(OLD_POST))
    connection.execute(text(OLD_PUBLICATION))


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    differences = compare_metadata(
        MigrationContext.configure(connection, opts=options), Base.metadata
    )
    others = ("alembic", "kit_publication")
    return [found for found in differences if not any(name in str(found) for name in others)]

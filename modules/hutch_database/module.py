"""The module: an app's database and the session of each request or job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache

from hutch.binding import bind
from hutch.contributions import Command, Health, Migrations
from hutch.discovery import Discovery
from hutch.module import Module
from hutch_database.migrations.run import upgrade
from hutch_database.opening import connect
from hutch_database.port import Database, Session, open_session
from hutch_database.schema import Schema
from hutch_database.settings import DatabaseSettings


async def _open_database(
    settings: DatabaseSettings, discovery: Discovery
) -> AsyncIterator[Database]:
    async with connect(settings.url.get_secret_value(), settings.pool_size) as database:
        if settings.upgrade_at_start:
            await upgrade(database, discovery.contributions(Migrations))
        yield database


def _schema(database: Database, discovery: Discovery) -> Schema:
    return Schema(database, discovery.contributions(Migrations))


async def _probe(database: Database, schema: Schema) -> str:
    await database.ping()
    await schema.check()
    return database.dialect


@cache
def database_module() -> Module:
    """Return the module that provides ``Database`` and ``Session``; always the same one."""
    return Module(
        "database",
        providers=[
            DatabaseSettings,
            bind(Database).open(_open_database),
            bind(Session).open(open_session).per_request(),
            bind(Schema).to(_schema),
        ],
        exports=[Database, Session],
        contributions=[
            Health("database", _probe),
            Command("db", "hutch_database.cli:app", "Apply and write database migrations."),
        ],
    )

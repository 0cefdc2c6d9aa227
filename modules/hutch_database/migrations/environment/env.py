"""Alembic's environment, shared by all packages: run the migrations on a given connection."""

from alembic import context

from hutch_database.base import metadata
from hutch_database.sqlite import check_references

connection = context.config.attributes["connection"]
# One transaction around all: a migration that fails leaves the database as it was.
context.configure(connection=connection, target_metadata=metadata(), transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
    if connection.dialect.name == "sqlite":
        check_references(connection)

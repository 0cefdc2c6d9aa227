"""Migrations: Alembic over the branches that packages contribute."""

"""The migrations make the tables that the models describe."""

from pathlib import Path

from tests.migrations import agree
from tests.postgres import Server

from fashiondeck.models import Base
from hutch.contributions import Migrations


async def test_models_and_migrations_agree(tmp_path: Path, postgres: Server) -> None:
    branch = Migrations("fashiondeck", "fashiondeck:migrations")
    await agree(branch, Base.metadata, tmp_path, postgres)

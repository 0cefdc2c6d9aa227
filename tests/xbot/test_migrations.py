"""The migrations make the tables that the models describe."""

from pathlib import Path

from tests.migrations import agree
from tests.postgres import Server

from hutch.contributions import Migrations
from xbot.models import Base


async def test_models_and_migrations_agree(tmp_path: Path, postgres: Server) -> None:
    branch = Migrations("xbot", "xbot:migrations")
    await agree(branch, Base.metadata, tmp_path, postgres)

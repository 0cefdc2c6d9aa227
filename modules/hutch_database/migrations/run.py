"""Run: bring a database to the newest revisions, and tell how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from alembic.util import CommandError
from sqlalchemy import Connection

from hutch.contributions import Migrations
from hutch_database.errors import InvalidMigrations
from hutch_database.migrations.lock import alone
from hutch_database.migrations.scripts import Scripts
from hutch_database.port import Database


@dataclass(frozen=True, slots=True)
class BranchState:
    """How far the database is in one branch.

    Attributes:
        applied: The revision it is at; None where none was applied.
        head: The newest revision.
    """

    branch: str
    applied: str | None
    head: str

    @property
    def is_at_head(self) -> bool:
        """Whether nothing is left to apply."""
        return self.applied == self.head


async def upgrade(database: Database, migrations: Iterable[Migrations]) -> None:
    """Bring every branch to its newest revision: all of it, or nothing when one fails.

    Of several processes that do so at once, one works and the others wait.

    Raises:
        InvalidMigrations: The revisions do not fit together, or not to the database.
        sqlalchemy.exc.SQLAlchemyError: A migration failed.
    """
    scripts = Scripts(migrations)
    if scripts.heads:
        async with alone(database.engine) as connection:
            await connection.run_sync(_upgrade, scripts)


async def state(database: Database, migrations: Iterable[Migrations]) -> tuple[BranchState, ...]:
    """Tell how far the database is in every branch that has revisions.

    Raises:
        InvalidMigrations: The revisions do not fit together, or not to the database.
    """
    return await compare(database, Scripts(migrations))


async def compare(database: Database, scripts: Scripts) -> tuple[BranchState, ...]:
    """Tell how far the database is in every branch of these scripts.

    Raises:
        InvalidMigrations: The database is at a revision that the scripts do not have.
    """
    async with database.engine.connect() as connection:
        applied = await connection.run_sync(_applied, scripts)
    return tuple(
        BranchState(branch, applied.get(branch), head)
        for branch, head in sorted(scripts.heads.items())
    )


def new_revision(migrations: Iterable[Migrations], branch: str, message: str) -> Path:
    """Write an empty revision file after the newest of a branch.

    Raises:
        InvalidMigrations: There is no such branch, or the revisions do not fit together.
    """
    scripts = Scripts(migrations)
    if branch not in scripts.folders:
        known = ", ".join(sorted(scripts.folders)) or "none"
        raise InvalidMigrations(f"no package has the branch {branch!r}; there are: {known}.")
    is_first = branch not in scripts.heads
    script = command.revision(
        scripts.config,
        message,
        head="base" if is_first else f"{branch}@head",
        branch_label=branch if is_first else None,
        version_path=str(scripts.folders[branch]),
    )
    assert isinstance(script, Script)
    return Path(script.path)


def _upgrade(connection: Connection, scripts: Scripts) -> None:
    scripts.config.attributes["connection"] = connection
    try:
        command.upgrade(scripts.config, "heads")
    except CommandError as error:
        raise _foreign(error) from error


def _applied(connection: Connection, scripts: Scripts) -> dict[str, str]:
    heads = MigrationContext.configure(connection).get_current_heads()
    try:
        current = scripts.directory.get_all_current(heads)
    except CommandError as error:
        raise _foreign(error) from error
    return {scripts.branch(script): script.revision for script in current}


def _foreign(error: CommandError) -> InvalidMigrations:
    return InvalidMigrations(
        f"the database does not fit this code: {error}. It was upgraded by newer code, or "
        "belongs to another app: deploy that code, or correct the database URL."
    )

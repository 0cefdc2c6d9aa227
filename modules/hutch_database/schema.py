"""Schema: whether the database has what the code needs."""

from __future__ import annotations

from collections.abc import Sequence

from hutch.contributions import Migrations
from hutch_database.migrations.run import check_at_head
from hutch_database.port import Database


class Schema:
    """The database measured against the migrations of the app."""

    def __init__(self, database: Database, migrations: Sequence[Migrations]) -> None:
        """Take what is compared; nothing is read yet."""
        self._database = database
        self._migrations = migrations
        self._passed = False

    async def check(self) -> None:
        """Refuse a database that lacks revisions.

        Once it had them it keeps them. So a process that runs stays ready when newer
        code upgrades the database under it, as in a rolling deployment.

        Raises:
            NotMigrated: A branch is not at its newest revision.
            InvalidMigrations: The revisions do not fit together, or not to the database.
        """
        if not self._passed:
            await check_at_head(self._database, self._migrations)
            self._passed = True

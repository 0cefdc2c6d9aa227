"""Schema: whether the database has what the code needs."""

from __future__ import annotations

from collections.abc import Iterable

from hutch.contributions import Migrations
from hutch_database.errors import NotMigrated
from hutch_database.migrations.run import compare
from hutch_database.migrations.scripts import Scripts
from hutch_database.port import Database


class Schema:
    """The database, measured against the migrations of the app."""

    def __init__(self, database: Database, migrations: Iterable[Migrations]) -> None:
        """Read the revision files, once; the database is read by ``check``.

        Raises:
            InvalidMigrations: The revisions do not fit together.
        """
        self._database = database
        self._scripts = Scripts(migrations)
        self._passed = False

    async def check(self) -> None:
        """Refuse a database that lacks revisions.

        Once it had them it keeps them. So a process that runs stays ready when newer
        code upgrades the database under it, as in a rolling deployment.

        Raises:
            NotMigrated: A branch is not at its newest revision.
            InvalidMigrations: The database is at a revision that this code does not have.
        """
        if self._passed:
            return
        states = await compare(self._database, self._scripts)
        behind = [s for s in states if not s.is_at_head]
        if behind:
            where = (f"{s.branch} is at {s.applied or 'nothing'}, not {s.head}" for s in behind)
            raise NotMigrated(
                f"the database is behind ({', '.join(where)}): run `hutch db upgrade`."
            )
        self._passed = True

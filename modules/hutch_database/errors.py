"""What can be wrong with a database.

DatabaseError
├── InvalidUrl          the URL names no database this module can use
├── DatabaseUnusable    the database is there but cannot be used as it is
├── InvalidMigrations   the migrations of the packages do not fit together
└── NotMigrated         the database is not at the newest revision
"""

from hutch.errors import HutchError


class DatabaseError(HutchError):
    """Base of this module's errors."""

    code = "database-error"


class InvalidUrl(DatabaseError):
    """The URL names no database this module can use; the message never repeats its password."""

    code = "invalid-database-url"


class DatabaseUnusable(DatabaseError):
    """The database is there, but waiting will not make it usable."""

    code = "database-unusable"


class InvalidMigrations(DatabaseError):
    """The migrations of the packages do not fit together, or not to the database."""

    code = "invalid-migrations"


class NotMigrated(DatabaseError):
    """The database is not at the newest revision of every branch."""

    code = "not-migrated"

"""The errors of this package.

HutchError
└── CacheError
    ├── InvalidEntry        an entry is declared, or a key of it made, in a way that cannot work
    ├── UnknownEntry        no module declares the entry
    ├── InvalidValue        a value is not of the entry's type, or cannot be hashed
    └── CacheUnavailable    the backend did not answer
        └── CacheFull       it is full, and did nothing
"""

from hutch.errors import HutchError


class CacheError(HutchError):
    """Base of all errors of the cache."""

    code = "cache-error"


class InvalidEntry(CacheError, ValueError):
    """An entry is declared, or a key of it is made, in a way that cannot work."""

    code = "invalid-entry"


class UnknownEntry(CacheError):
    """No module declares the entry."""

    code = "unknown-entry"


class InvalidValue(CacheError, TypeError):
    """A value is not of its entry's type, or is of a kind that has no stable hash."""

    code = "invalid-value"


class CacheUnavailable(CacheError):
    """The cache's backend did not answer."""

    code = "cache-unavailable"


class CacheFull(CacheUnavailable):
    """The cache's backend is full; nothing was written."""

    code = "cache-full"

"""The errors of files.

HutchError
└── FilesError
    ├── FileMissing         no file has this name
    ├── InvalidName         a name that could lead elsewhere, or that not every store takes
    ├── InvalidStore        the setting names no store
    └── FilesUnavailable    the store is not reached, or refuses
"""

from hutch.errors import HutchError


class FilesError(HutchError):
    """Base of these errors."""

    code = "files-error"


class FileMissing(FilesError):
    """No file has this name: asking again will not help."""

    code = "file-missing"


class InvalidName(FilesError, ValueError):
    """A name that could lead out of the store, or that not every store takes."""

    code = "invalid-name"


class InvalidStore(FilesError):
    """``files.store`` names no store."""

    code = "invalid-store"


class FilesUnavailable(FilesError):
    """The store is not reached, or refuses: it may do so again later."""

    code = "files-unavailable"

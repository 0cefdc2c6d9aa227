"""The errors of this package.

HutchError
└── LockError
    ├── InvalidLock        a name or a time cannot be used; nothing was claimed
    ├── LockTaken          another holder has the lock
    ├── LockLost           the lock could not be kept; what it protected was cancelled
    ├── LockUnavailable    the server did not answer: nobody is known to hold the lock
    ├── InProgress         the work is under way elsewhere
    ├── OtherFingerprint   the key stands for other input
    ├── ResultNotKept      the work is done, but what it returned is not known any more
    └── DuplicateContent   the same content was there before
"""

from datetime import timedelta

from hutch.errors import HutchError


class LockError(HutchError):
    """Base of this module's errors."""

    code = "lock-error"


class InvalidLock(LockError, ValueError):
    """A name or a time cannot be used."""

    code = "invalid-lock"


class LockTaken(LockError):
    """Another holder has the lock."""

    code = "lock-taken"


class LockLost(LockError):
    """The lock could not be kept; the block that it protected was cancelled."""

    code = "lock-lost"


class LockUnavailable(LockError):
    """The server did not answer, so nothing that needs a lock may begin."""

    code = "lock-unavailable"


class InProgress(LockError):
    """The work is under way elsewhere.

    Attributes:
        left: After how long the claim of whoever does it ends, if it is not renewed.
    """

    code = "in-progress"

    def __init__(self, message: str, left: timedelta) -> None:
        super().__init__(message)
        self.left = left


class OtherFingerprint(LockError):
    """The key was used for other input."""

    code = "other-fingerprint"


class ResultNotKept(LockError):
    """The work is done and is not repeated, but its result cannot be told."""

    code = "result-not-kept"


class DuplicateContent(LockError):
    """The same content was there before."""

    code = "duplicate-content"

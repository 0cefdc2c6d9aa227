"""The errors of this package.

HutchError
└── PauseError
    ├── InvalidPause       a subject, time, limit or key cannot be used
    └── PauseUnavailable   the pauses cannot be reached; what was asked may not have happened
"""

from hutch.errors import HutchError


class PauseError(HutchError):
    """Base of this module's errors."""

    code = "pause-error"


class InvalidPause(PauseError, ValueError):
    """A subject, a time, a limit or the template of a key cannot be used."""

    code = "invalid-pause"


class PauseUnavailable(PauseError):
    """The pauses cannot be reached; what was asked may not have happened."""

    code = "pause-unavailable"

"""The errors of this package.

HutchError
└── SessionError
    ├── InvalidSession       a user, data or token cannot be stored
    │   └── SessionTooLarge  the data is larger than the setting allows
    ├── InvalidProfile       a profile is declared in a way that cannot work
    ├── UnknownProfile       no module declares a profile of that name
    ├── SessionGone          the session has ended; it is not written again
    ├── SessionConflict      another request changed the same part of the data
    └── SessionsUnavailable  the sessions' server did not answer
"""

from hutch.errors import HutchError


class SessionError(HutchError):
    """Base of this module's errors."""

    code = "session-error"


class InvalidSession(SessionError, ValueError):
    """A user, data or token cannot be stored."""

    code = "invalid-session"


class SessionTooLarge(InvalidSession):
    """The data is larger than ``HUTCH_SESSION__DATA_LIMIT``."""

    code = "session-too-large"


class InvalidProfile(SessionError):
    """A profile is declared in a way that cannot work."""

    code = "invalid-session-profile"


class UnknownProfile(SessionError):
    """No module declares a profile of that name."""

    code = "unknown-session-profile"


class SessionGone(SessionError):
    """The session has ended: by logout, in time, or by a new id; it is not written again."""

    code = "session-gone"


class SessionConflict(SessionError):
    """Another request changed the same part of the session's data; nothing is written."""

    code = "session-conflict"


class SessionsUnavailable(SessionError):
    """The sessions' server did not answer; nobody counts as logged in or out."""

    code = "sessions-unavailable"

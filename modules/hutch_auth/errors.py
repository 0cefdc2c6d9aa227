"""The errors of this package. Who may not pass gets a problem of ``hutch.http``.

HutchError
└── AuthError
    ├── InvalidUser     a name, password, role or label cannot be one
    ├── UserExists      the name is taken
    ├── UnknownUser     there is no such user
    └── UnknownToken    there is no such API token
"""

from hutch.errors import HutchError


class AuthError(HutchError):
    """Base of this module's errors."""

    code = "auth-error"


class InvalidUser(AuthError):
    """A name, password, role or label cannot be one; the message repeats no secret."""

    code = "invalid-user"


class UserExists(AuthError):
    """Another user has this name."""

    code = "user-exists"


class UnknownUser(AuthError):
    """There is no such user."""

    code = "unknown-user"


class UnknownToken(AuthError):
    """There is no such API token, or it is revoked already."""

    code = "unknown-token"

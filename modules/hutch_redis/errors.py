"""The errors of this package.

HutchError
├── RedisRefused      the server answers, but must not be used as it is
├── EmbeddedError     the embedded server cannot run here
├── InvalidKey        a part of a key would split, match or vanish
├── InvalidScript     a Lua file is missing or includes itself
├── BatchFailed       some commands of a batch failed; the others ran
└── CleaningRefused   what is to be cleaned must not be, or not so
"""

from collections.abc import Mapping

from hutch.errors import HutchError


class RedisRefused(HutchError):
    """The server is reachable but unfit: wrong password, too old, or it evicts keys."""

    code = "redis-refused"


class EmbeddedError(HutchError):
    """The embedded server cannot run: no binary, or its data folder is taken."""

    code = "embedded-redis"


class InvalidKey(HutchError, ValueError):
    """A key or prefix has an empty part, a control character or is too long."""

    code = "invalid-key"


class BatchFailed(HutchError):
    """Some commands of a batch failed; the others ran.

    Attributes:
        errors: Each error by the place of its command, from 0.
    """

    code = "batch-failed"

    def __init__(self, message: str, errors: Mapping[int, Exception]) -> None:
        super().__init__(message)
        self.errors = errors


class CleaningRefused(HutchError):
    """What is to be cleaned must not be, or not in this way."""

    code = "cleaning-refused"


class InvalidScript(HutchError):
    """A Lua file is missing, or its includes form a circle."""

    code = "invalid-script"

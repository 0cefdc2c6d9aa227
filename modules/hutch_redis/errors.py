"""The errors of this package.

HutchError
├── RedisRefused      the server answers, but must not be used as it is
├── EmbeddedError     the embedded server cannot run here
├── InvalidKey        a part of a key would split, match or vanish
└── InvalidScript     a Lua file is missing or includes itself
"""

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


class InvalidScript(HutchError):
    """A Lua file is missing, or its includes form a circle."""

    code = "invalid-script"

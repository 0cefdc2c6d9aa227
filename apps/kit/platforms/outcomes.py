"""What may come of a call to a platform, the same for every platform.

A call that succeeds returns its result; every other outcome is raised, so that a
job which forgets one fails loudly instead of going on:

    PlatformError
    ├── RetryAfter             refused for now; nothing happened; call again at ``at``
    ├── RetryBackoff           nothing reached the platform; call again with backoff
    ├── RefreshThenRetryOnce   the access token is not accepted; see ``refresh_once``
    ├── PauseAccount           refused for this account until ``until``
    │   └── PausePlatform      refused for every account: an operator has to act
    ├── NeedsReauth            only the account's owner can help, by connecting it again
    ├── FailPermanent          the same call will always be refused
    │   └── NotFound           it names something that is not there
    ├── Unknown                sent, but not known whether it took effect: look it up,
    │                          never send it again blindly
    └── ProbablyDuplicate      refused because it seems to be there already: look it up

``RetryAfter`` and ``PauseAccount`` reschedule without using one of the job's attempts.

The message of an outcome never holds a token or the post's content and may be
logged. What the platform itself wrote is in ``detail``: it may quote the post, so
show it to the post's owner only.
"""

from __future__ import annotations

from datetime import datetime


class PlatformError(Exception):
    """Base of all outcomes of a platform call other than success.

    Attributes:
        detail: The platform's own words, empty if there are none. Not for logs.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class RetryAfter(PlatformError):
    """A rate limit refused the call; nothing happened.

    Attributes:
        at: The instant, in UTC, from which the platform accepts calls again.
    """

    def __init__(self, message: str, *, at: datetime, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.at = at


class RetryBackoff(PlatformError):
    """The call had no effect and may be repeated after a while."""


class RefreshThenRetryOnce(PlatformError):
    """The access token is not accepted; nothing happened."""


class PauseAccount(PlatformError):
    """The platform refuses this account for a longer time; nothing happened.

    Attributes:
        until: The instant, in UTC, at which to look whether the account may post again.
    """

    def __init__(self, message: str, *, until: datetime, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.until = until


class PausePlatform(PauseAccount):
    """The platform refuses every account until an operator changes a setting."""


class NeedsReauth(PlatformError):
    """The account's owner has to connect the account again."""


class FailPermanent(PlatformError):
    """The call is refused and would be refused again."""


class NotFound(FailPermanent):
    """What was asked for is not there, or not to be seen with this token."""


class Unknown(PlatformError):
    """The call was sent and may or may not have taken effect."""


class ProbablyDuplicate(PlatformError):
    """The platform says that the same content is already there.

    Attributes:
        post_id: Which post it names, empty if none. Look it up before you believe it.
    """

    def __init__(self, message: str, *, detail: str = "", post_id: str = "") -> None:
        super().__init__(message, detail=detail)
        self.post_id = post_id

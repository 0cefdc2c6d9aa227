"""Owner: whose session it is, which its data cannot say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hutch_session.errors import InvalidSession

_LONGEST_USER = 512
_STAMP = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is, from one login to the next.

    Attributes:
        user: Who is logged in, None for somebody unknown.
        stamp: What the login was stamped with.
        remember: Whether it is to outlive the browser.
    """

    user: str | None = field(default=None, repr=False)
    stamp: str | None = field(default=None, repr=False)
    remember: bool = False


def check_owner(owner: Owner) -> Owner:
    """Return an owner that can be stored.

    Raises:
        InvalidSession: The user or the stamp cannot be one; the message quotes neither.
    """
    if owner.user is not None:
        check_user(owner.user)
    elif owner.stamp is not None:
        raise InvalidSession("session stamp: it is of a login; give the user, too.")
    if owner.stamp is not None and not _STAMP.fullmatch(owner.stamp):
        raise InvalidSession(
            "session stamp: 1 to 64 of A-Z a-z 0-9 _ . - are needed, e.g. the number of the "
            "account's password."
        )
    return owner


def check_user(user: str) -> str:
    """Return a user's id.

    Raises:
        InvalidSession: It is empty or too long; the message does not quote it.
    """
    if not isinstance(user, str) or not 0 < len(user) <= _LONGEST_USER:
        raise InvalidSession(
            f"session user: an id of 1 to {_LONGEST_USER} characters is needed; use the key of "
            "the account, not a name that somebody typed."
        )
    try:
        user.encode()
    except UnicodeEncodeError:
        raise InvalidSession("session user: it holds half a character (a surrogate).") from None
    return user

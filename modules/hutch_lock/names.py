"""Names: from what users call a thing to its key."""

from __future__ import annotations

from hutch_lock.claims import FENCE, Claims
from hutch_lock.errors import InvalidLock
from hutch_lock.port import Name


def key_of(claims: Claims, space: str, name: Name) -> str:
    """Build the key of a name: a text stands below ``space``, a tuple is the key.

    Raises:
        InvalidKey: It is empty, has a control character or is too long.
        InvalidLock: It is the fence's.
    """
    if not isinstance(name, tuple):
        return claims.key(space, name)
    if name == (FENCE,):
        raise InvalidLock(
            f"{claims.key(FENCE)} is the key of the last fence; give another name, or the text "
            f"{FENCE!r}."
        )
    return claims.key(*name)

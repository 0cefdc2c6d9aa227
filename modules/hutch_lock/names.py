"""Names: from what users call a thing to its key."""

from __future__ import annotations

from hutch_lock.claims import Claims
from hutch_lock.port import Name


def key_of(claims: Claims, space: str, name: Name) -> str:
    """Build the key of a name: a text stands below ``space``, a tuple is the key.

    Raises:
        InvalidKey: It is empty, has a control character or is too long.
    """
    return claims.key(*name) if isinstance(name, tuple) else claims.key(space, name)

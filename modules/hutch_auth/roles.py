"""Roles: what somebody may do, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hutch_auth.errors import InvalidUser

VIEWER = "viewer"
"""May look."""
OPERATOR = "operator"
"""May look, and change things too."""
ADMIN = "admin"
"""May do all that any role may, those of the app included."""

_ROLE = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


def covers(roles: Iterable[str], needed: str) -> bool:
    """Tell whether who has these roles may do what needs another one.

    ``admin`` covers every role and ``operator`` covers ``viewer``; a role of the app's own
    covers itself.
    """
    own = frozenset(roles)
    return ADMIN in own or needed in own or (needed == VIEWER and OPERATOR in own)


def check_roles(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles as a set.

    Raises:
        InvalidUser: One cannot be a role's name.
    """
    if isinstance(roles, str):
        raise InvalidUser(f"roles {roles[:64]!r}: give several, as in ['{VIEWER}'].")
    return frozenset(map(check_role, roles))


def check_role(role: str) -> str:
    """Return the role.

    Raises:
        InvalidUser: It cannot be a role's name.
    """
    if not _ROLE.fullmatch(role):
        raise InvalidUser(
            f"role {role[:64]!r}: write up to 64 of a-z 0-9 _ . - that begin with a letter, "
            f"e.g. '{OPERATOR}'."
        )
    return role

"""What users are called: names that are written in one way only."""

from __future__ import annotations

import re

from hutch_auth.errors import InvalidUser

MOST_NAME = 100
"""The most characters of a name, and of a token's label."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]*")
_OTHER = re.compile(r"[^a-z0-9._@+-]")


def find_name(name: str) -> str | None:
    """Return a name as it is stored, None where nobody can be called so."""
    if len(name) > MOST_NAME:
        return None
    stored = name.strip().lower()
    return stored if _NAME.fullmatch(stored) else None


def check_name(name: str) -> str:
    """Return a name as it is stored: without spaces around it, in small letters.

    Raises:
        InvalidUser: It cannot be a name. The message says what is wrong, not the name, which
            may be somebody's e-mail address.
    """
    stored = find_name(name)
    if stored is None:
        raise InvalidUser(
            f"the user's name {_fault(name)}: write 1 to {MOST_NAME} of a-z 0-9 . _ @ + - that "
            "begin with a letter or digit."
        )
    return stored


def check_label(label: str) -> str:
    """Return the label of a token.

    Raises:
        InvalidUser: It is empty, too long or has control characters.
    """
    if not 1 <= len(label) <= MOST_NAME or not label.isprintable() or not label.strip():
        raise InvalidUser(
            f"label {label[:MOST_NAME]!r}: write 1 to {MOST_NAME} printable characters that say "
            "what the token is for, e.g. 'deploy script'."
        )
    return label


def _fault(name: str) -> str:
    if len(name) > MOST_NAME:
        return f"has {len(name)} characters"
    stored = name.strip().lower()
    if not stored:
        return "is empty"
    odd = _OTHER.search(stored)
    return f"has {odd[0]!a}" if odd else f"begins with {stored[0]!r}"

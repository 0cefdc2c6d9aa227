"""API tokens as text: ``hutch_ID_SECRET``."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

PREFIX = "hutch"
"""By which scanners for leaked secrets find them."""

_ID = re.compile(r"[0-9a-f]{16}")
_TEXT = re.compile(rf"{PREFIX}_({_ID.pattern})_([0-9A-Za-z_-]{{43}})")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token whose text is known.

    Attributes:
        id: Under which its digest is stored.
        secret: What only its owner knows, 256 bits.
    """

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What a program sends."""
        return f"{PREFIX}_{self.id}_{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is stored: SHA-256 is enough for a secret that nobody can guess."""
        return hashlib.sha256(self.text.encode("ascii")).digest()


def new_token() -> ApiToken:
    """Make a token."""
    return ApiToken(secrets.token_hex(8), secrets.token_urlsafe(32))


def parse_token(text: str) -> ApiToken | None:
    """Read a token, None where a text is none."""
    found = _TEXT.fullmatch(text)
    return ApiToken(found[1], found[2]) if found else None


def is_token_id(text: str) -> bool:
    """Tell whether a text can be a token's id."""
    return _ID.fullmatch(text) is not None

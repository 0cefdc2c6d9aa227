"""Key: 256 bits with a name, as it stands in the settings."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from hutch_vault.errors import InvalidKeys

KEY_BYTES = 32

_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the name by which tokens refer to it.

    Args:
        id: 1 to 32 of ``A-Z a-z 0-9 _ . -``; it is readable in every token.
        secret: 32 random bytes.

    Raises:
        InvalidKeys: One of them is anything else.
    """

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            # It is not quoted: whoever forgets the id has written the secret in its place.
            raise InvalidKeys("a vault key's id has 1 to 32 of A-Z a-z 0-9 _ . -")
        if len(self.secret) != KEY_BYTES:
            raise InvalidKeys(
                f"the vault key {self.id!r} has {len(self.secret)} bytes, {KEY_BYTES} are needed; "
                "make one with `hutch vault key`"
            )

    @classmethod
    def generate(cls, id: str) -> Key:
        """Make a new key of random bytes."""
        return cls(id, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read a key from ``id:base64``, with or without padding, of either alphabet.

        Raises:
            InvalidKeys: It is anything else; the message does not quote it.
        """
        id, colon, encoded = text.strip().partition(":")
        if not colon:
            raise InvalidKeys("a vault key is written id:base64; make one with `hutch vault key`")
        plain = encoded.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            secret = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise InvalidKeys("what follows a vault key's id and colon is no base64") from None
        return cls(id, secret)

    def text(self) -> str:
        """Write the key as ``id:base64``: a secret."""
        return f"{self.id}:{base64.urlsafe_b64encode(self.secret).rstrip(b'=').decode()}"


def check_ids(keys: Iterable[Key]) -> None:
    """Refuse keys of which two have one id.

    Raises:
        InvalidKeys: Names the id.
    """
    seen: set[str] = set()
    for key in keys:
        if key.id in seen:
            raise InvalidKeys(f"two vault keys have the id {key.id!r}; each needs its own")
        seen.add(key.id)

"""Vault: encrypts with the first key, decrypts with all."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hutch_vault.errors import (
    InvalidKeys,
    InvalidPurpose,
    InvalidToken,
    RetiredKey,
    Tampered,
    Truncated,
    UnknownVersion,
)
from hutch_vault.key import Key, check_ids

VERSION = 1

_NONCE = 12
_TAG = 16


class Vault:
    """Authenticated encryption with a ring of keys.

    A token is ``version 1 | length of the key's id 1 | key's id | nonce 12 | ciphertext and
    tag``; all before the nonce, and the purpose, are authenticated with it. As text it is
    base64 in the alphabet for URLs, without padding.

    AES-256-GCM with random nonces; see NIST SP 800-38D, 8.2.2 and 8.3: one key may write
    2^32 tokens.

    Args:
        keys: The first one encrypts, all of them decrypt.

    Raises:
        InvalidKeys: There is none, or two have one id.
    """

    __slots__ = ("_ciphers", "_first", "_header", "_ids")

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise InvalidKeys("a vault needs at least one key; make one with `hutch vault key`")
        check_ids(keys)
        self._ids = tuple(key.id for key in keys)
        self._header = _header(keys[0].id)
        self._first = AESGCM(keys[0].secret)
        self._ciphers = {_header(key.id): AESGCM(key.secret) for key in keys}

    def __repr__(self) -> str:
        return f"Vault({', '.join(self._ids)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the keys; the first one encrypts."""
        return self._ids

    def encrypt(self, data: bytes, *, purpose: str) -> bytes:
        """Encrypt data into a token.

        Args:
            data: Of any length below 2 GiB; the token tells how long it is.
            purpose: What the token is for, e.g. the table, column and row that it stands in;
                it can be decrypted for the same purpose only.

        Raises:
            InvalidPurpose: The purpose is empty.
        """
        nonce = os.urandom(_NONCE)
        bound = self._header + _bytes(purpose)
        return self._header + nonce + self._first.encrypt(nonce, data, bound)

    def decrypt(self, token: bytes, *, purpose: str) -> bytes:
        """Decrypt a token.

        Raises:
            Truncated: It is too short, or no token.
            UnknownVersion: It was written in a format of another release.
            RetiredKey: Its key is not among the keys.
            Tampered: It was changed, or encrypted for another purpose.
            InvalidPurpose: The purpose is empty.
        """
        header, end = _header_of(token)
        cipher = self._ciphers.get(header)
        if cipher is None:
            raise self._retired(header)
        nonce, ciphertext = token[len(header) : end], token[end:]
        try:
            return cipher.decrypt(nonce, ciphertext, header + _bytes(purpose))
        except InvalidTag:
            raise Tampered(
                f"a token of the vault key {_id(header)!r} is not authentic: it was changed, "
                "encrypted for another purpose, or another key had that id. It cannot be read."
            ) from None

    def encrypt_text(self, text: str, *, purpose: str) -> str:
        """Encrypt text into a token that is text; see ``encrypt``."""
        return _write(self.encrypt(_encoded(text), purpose=purpose))

    def decrypt_text(self, token: str, *, purpose: str) -> str:
        """Decrypt a token that is text; see ``decrypt``.

        Raises:
            InvalidToken: It cannot be decrypted, or holds bytes that are no text.
        """
        data = self.decrypt(_read(token), purpose=purpose)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            # The cause quotes the data.
            raise InvalidToken("a token holds bytes that are no text; use decrypt().") from None

    def reencrypt(self, token: bytes, *, purpose: str) -> bytes:
        """Return a token of the first key: the same one, or its content encrypted anew.

        Raises:
            InvalidToken: It cannot be decrypted; see ``decrypt``.
        """
        data = self.decrypt(token, purpose=purpose)
        return token if token.startswith(self._header) else self.encrypt(data, purpose=purpose)

    def reencrypt_text(self, token: str, *, purpose: str) -> str:
        """Return a token of the first key, as text; see ``reencrypt``."""
        given = _read(token)
        renewed = self.reencrypt(given, purpose=purpose)
        return token if renewed is given else _write(renewed)

    def _retired(self, header: bytes) -> RetiredKey:
        known = ", ".join(self._ids)
        return RetiredKey(
            f"a token was encrypted with the vault key {_id(header)!r}, which is not among the "
            f"keys ({known}). Add that key at the end of HUTCH_VAULT__KEYS to read it."
        )


def _header(id: str) -> bytes:
    return bytes((VERSION, len(id))) + id.encode("ascii")


def _header_of(token: bytes) -> tuple[bytes, int]:
    """Return a token's header, and where its nonce ends."""
    if token and token[0] != VERSION:
        raise UnknownVersion(
            f"a token of version {token[0]} cannot be read, only of version {VERSION}: it is none "
            "of the vault's, or a newer release wrote it."
        )
    length = 2 + token[1] if len(token) > 1 else 2
    if len(token) < length + _NONCE + _TAG:
        raise Truncated(
            f"a token of {len(token)} bytes is too short: it was cut off, or is none of the "
            "vault's."
        )
    return token[:length], length + _NONCE


def _id(header: bytes) -> str:
    return header[2:].decode("ascii", "replace")


def _bytes(purpose: str) -> bytes:
    if not isinstance(purpose, str) or not purpose:
        raise InvalidPurpose(
            "a purpose is needed: say what the token is for, e.g. purpose='users.phone 17'."
        )
    return _encoded(purpose)


def _encoded(text: str) -> bytes:
    # Any text, half characters too: an error would quote it.
    return text.encode("utf-8", "surrogatepass")


def _write(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _read(token: str) -> bytes:
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    # One token has one text: bits that stand for nothing are not ignored.
    if _write(data) != token:
        raise Truncated(
            f"a token of {len(token)} characters is no base64: it was cut off, or is none of the "
            "vault's."
        )
    return data

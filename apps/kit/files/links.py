"""Addresses of our own, for stores that have none: signed, and good for a while."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from urllib.parse import urlencode

from hutch_vault import InvalidToken, Vault
from kit.files.settings import FileSettings

PATH = "/files"


class Links:
    """Signs addresses, and tells whether one was signed here and lasts.

    Args:
        vault: Signs in place of ``files.link_key``. Without either the key is random, and no
            other process accepts an address.
    """

    def __init__(self, settings: FileSettings, vault: Vault | None = None) -> None:
        key = settings.link_key
        self._key = key.get_secret_value().encode() if key else secrets.token_bytes(32)
        self._vault = vault
        self._public_url = settings.public_url

    def sign(self, name: str, lasts: timedelta) -> str:
        """Make the address of a file."""
        until = int(time.time() + lasts.total_seconds())
        query = urlencode({"until": until, "signature": self._signed(_said(name, until))})
        return f"{self._public_url}{PATH}/{name}?{query}"

    def accepts(self, name: str, until: str, signature: str) -> bool:
        """Tell whether an address is good now."""
        if not (until.isascii() and until.isdecimal() and len(until) <= 12):
            return False
        return self._is_ours(_said(name, int(until)), signature) and time.time() < int(until)

    def _signed(self, said: str) -> str:
        if self._vault is not None:
            # Nothing is encrypted, so what is left is that nobody else can make the token.
            return self._vault.encrypt_text("", purpose=said)
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()

    def _is_ours(self, said: str, signature: str) -> bool:
        if self._vault is None:
            return hmac.compare_digest(self._signed(said).encode(), signature.encode())
        try:
            self._vault.decrypt_text(signature, purpose=said)
        except InvalidToken:
            return False
        return True


def _said(name: str, until: int) -> str:
    return f"kit.files address {until}\n{name}"


def signer(settings: FileSettings) -> str:
    """Name what signs addresses: the vault, unless a key is set or S3 signs its own."""
    return "key" if settings.link_key or settings.store.startswith("s3://") else "vault"


def with_key(settings: FileSettings) -> Links:
    """Let the key of the settings sign; the vault need not have keys then."""
    return Links(settings)


def with_vault(settings: FileSettings, vault: Vault) -> Links:
    """Let the vault sign: processes that share its keys accept each other's addresses."""
    return Links(settings, vault)

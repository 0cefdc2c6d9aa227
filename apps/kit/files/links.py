"""Addresses of our own, for stores that have none: signed, and good for a while."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from urllib.parse import urlencode

from kit.files.settings import FileSettings

PATH = "/files"


class Links:
    """Signs addresses, and tells whether one was signed here and lasts."""

    def __init__(self, settings: FileSettings) -> None:
        key = settings.link_key
        self._key = key.get_secret_value().encode() if key else secrets.token_bytes(32)
        self._public_url = settings.public_url

    def sign(self, name: str, lasts: timedelta) -> str:
        """Make the address of a file."""
        until = int(time.time() + lasts.total_seconds())
        query = urlencode({"until": until, "signature": self._signature(name, until)})
        return f"{self._public_url}{PATH}/{name}?{query}"

    def accepts(self, name: str, until: str, signature: str) -> bool:
        """Tell whether an address is good now."""
        if not (until.isascii() and until.isdecimal() and len(until) <= 12):
            return False
        expected = self._signature(name, int(until))
        is_ours = hmac.compare_digest(expected.encode(), signature.encode())
        return is_ours and time.time() < int(until)

    def _signature(self, name: str, until: int) -> str:
        said = f"{until}\n{name}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()

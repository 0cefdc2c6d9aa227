"""Ids of contacts and messages, from which nobody learns a phone number.

WhatsApp's own ids of messages have the number in them, and plain hashes of numbers can be
tried out. So ids are keyed hashes; the key is made once, and lies encrypted in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from hutch_database import Database
from hutch_vault import Vault
from secondme.models import ONLY, IdKey

PURPOSE = "secondme.id_key"
DIGITS = 24


class Ids:
    """Makes ids: the same number has the same id, in every process."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._key: bytes | None = None

    async def contact(self, number: str) -> str:
        """Return the id of whoever has a phone number."""
        return f"contact_{await self._digest('contact', number.removeprefix('+'))}"

    async def message(self, wamid: str) -> str:
        """Return the id of a message of WhatsApp."""
        return f"msg_{await self._digest('message', wamid)}"

    async def _digest(self, kind: str, text: str) -> str:
        if self._key is None:
            self._key = await self._load() or await self._made()
        told = f"{kind} {text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()[:DIGITS]

    async def _load(self) -> bytes | None:
        async with self._database.session() as session:
            sealed = await session.scalar(select(IdKey.sealed))
        if sealed is None:
            return None
        return bytes.fromhex(self._vault.decrypt_text(sealed, purpose=PURPOSE))

    async def _made(self) -> bytes:
        sealed = self._vault.encrypt_text(secrets.token_hex(32), purpose=PURPOSE)
        try:
            async with self._database.session() as session:
                await session.execute(insert(IdKey).values(id=ONLY, sealed=sealed))
        except IntegrityError:
            pass  # another process was first
        key = await self._load()
        assert key is not None
        return key

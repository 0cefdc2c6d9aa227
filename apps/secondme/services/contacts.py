"""Contacts: who writes, and whom the bot may answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from hutch_database import Database
from hutch_vault import Vault
from secondme.models import Contact
from secondme.services.clock import now_ms
from secondme.services.epoch import Epoch
from secondme.services.errors import ContactNotFound
from secondme.services.ids import Ids
from secondme.settings import SecondMeSettings


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts' rows."""

    database: Database
    vault: Vault
    ids: Ids
    epoch: Epoch
    settings: SecondMeSettings

    async def known(self, number: str) -> str:
        """Return the id of whoever has a number; who is new may not be answered yet."""
        id = await self.ids.contact(number)
        if await self._find(id) is None:
            await self._add(id, number.removeprefix("+"))
        return id

    async def get(self, id: str) -> Contact:
        """Read a contact.

        Raises:
            ContactNotFound: There is none of this id.
        """
        found = await self._find(id)
        if found is None:
            raise ContactNotFound(
                f"There is no contact {id!r}; POST /api/contacts with a number adds one."
            )
        return found

    async def all(self, limit: int = 500) -> Sequence[Contact]:
        """List the contacts, the newest first."""
        newest = select(Contact).order_by(Contact.created_at.desc(), Contact.id).limit(limit)
        async with self.database.session() as session:
            return (await session.scalars(newest)).all()

    async def enable(self, id: str) -> None:
        """Let the bot answer a contact, until Redis loses its data or somebody forbids it.

        Raises:
            ContactNotFound: There is none of this id.
        """
        await self._change(id, enabled_epoch=await self.epoch.current())

    async def disable(self, id: str) -> None:
        """Let the bot answer a contact no more.

        Raises:
            ContactNotFound: There is none of this id.
        """
        await self._change(id, enabled_epoch=None)

    async def choose_persona(self, id: str, persona_id: str) -> None:
        """Say in whose voice a contact is answered.

        Raises:
            ContactNotFound: There is none of this id.
        """
        await self._change(id, persona_id=persona_id)

    async def is_enabled(self, id: str) -> bool:
        """Tell whether the bot may answer a contact; nobody whom it does not know.

        Raises:
            LockError: Redis does not answer, so nobody knows.
        """
        found = await self._find(id)
        if found is None or found.enabled_epoch is None:
            return False
        return found.enabled_epoch == await self.epoch.current()

    def number(self, contact: Contact) -> str:
        """Return a contact's phone number."""
        return self.vault.decrypt_text(contact.number, purpose=_purpose(contact.id))

    async def _find(self, id: str) -> Contact | None:
        async with self.database.session() as session:
            return await session.get(Contact, id)

    async def _add(self, id: str, number: str) -> None:
        row = {
            "id": id,
            "number": self.vault.encrypt_text(number, purpose=_purpose(id)),
            "persona_id": self.settings.persona,
            "created_at": now_ms(),
        }
        try:
            async with self.database.session() as session:
                await session.execute(insert(Contact).values(row))
        except IntegrityError:
            pass  # another process was first

    async def _change(self, id: str, **values: Any) -> None:
        await self.get(id)
        async with self.database.session() as session:
            await session.execute(update(Contact).where(Contact.id == id).values(values))


def _purpose(id: str) -> str:
    return f"secondme.contact.number {id}"

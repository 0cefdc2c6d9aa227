"""Personas: in whose voice the bot answers. Cached for half an hour, loaded from a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hutch_cache import Cache, Entry
from hutch_database import Database
from secondme.keys import PERSONA
from secondme.models import Persona
from secondme.schemas import PersonaText
from secondme.services.errors import PersonaNotFound, PersonaStoreUnavailable

PERSONAS = Entry("persona", PersonaText, ttl="30m", at=PERSONA)


class PersonaStore(Protocol):
    """Where personas come from."""

    async def load(self, id: str) -> PersonaText | None:
        """Return a persona; None where there is none of this id.

        Raises:
            PersonaStoreUnavailable: The store does not answer.
        """
        ...

    async def save(self, id: str, persona: PersonaText) -> None:
        """Keep a persona in place of the one before.

        Raises:
            PersonaStoreUnavailable: The store does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class DatabasePersonas(PersonaStore):
    """Personas in the app's database."""

    database: Database

    async def load(self, id: str) -> PersonaText | None:
        """Return a persona; see the port."""
        try:
            async with self.database.session() as session:
                row = await session.get(Persona, id)
        except (OSError, DBAPIError) as error:
            raise _unavailable(id, error) from error
        if row is None:
            return None
        examples = tuple(row.example_messages)
        return PersonaText(style_guide=row.style_guide, tone=row.tone, example_messages=examples)

    async def save(self, id: str, persona: PersonaText) -> None:
        """Keep a persona; see the port."""
        values: dict[str, object] = {
            "style_guide": persona.style_guide,
            "tone": persona.tone,
            "example_messages": list(persona.example_messages),
        }
        try:
            await self._write(id, values)
        except (OSError, DBAPIError) as error:
            raise _unavailable(id, error) from error

    async def _write(self, id: str, values: Mapping[str, object]) -> None:
        try:
            async with self.database.session() as session:
                await session.execute(insert(Persona).values(id=id, **values))
        except IntegrityError:
            async with self.database.session() as session:
                await session.execute(update(Persona).where(Persona.id == id).values(values))


@dataclass(frozen=True, slots=True)
class Personas:
    """Personas, cached."""

    cache: Cache
    store: PersonaStore

    async def get(self, id: str) -> PersonaText:
        """Return a persona.

        Raises:
            PersonaNotFound: There is none of this id.
            PersonaStoreUnavailable: It is not cached, and the store does not answer.
        """

        async def load() -> PersonaText:
            found = await self.store.load(id)
            if found is None:
                raise PersonaNotFound(
                    f"There is no persona {id!r}; PUT /api/personas/{id} makes one."
                )
            return found

        return await self.cache.get_or_load(PERSONAS.key(id), load)

    async def put(self, id: str, persona: PersonaText) -> None:
        """Keep a persona; who is answered from then on is answered in the new voice.

        Raises:
            PersonaStoreUnavailable: The store does not answer.
            CacheUnavailable: It is kept, but the old one may be used for half an hour more.
        """
        await self.store.save(id, persona)
        await self.cache.delete(PERSONAS.key(id))


def _unavailable(id: str, error: Exception) -> PersonaStoreUnavailable:
    return PersonaStoreUnavailable(
        f"The persona {id!r} cannot be read or written: its store does not answer "
        f"({type(error).__name__}). Messages wait and are tried again; look at DATABASE_URL."
    )

"""Personas over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hutch.http import Path, controller, get, guard, put
from hutch_auth import OPERATOR, RequireRole
from secondme.schemas import PERSONA_ID, PersonaText
from secondme.services.personas import Personas

Id = Annotated[str, Path(pattern=PERSONA_ID)]


@guard(RequireRole(OPERATOR))
@controller("/api/personas")
@dataclass
class PersonasController:
    """In whose voice the bot answers."""

    personas: Personas

    @get("/{id}")
    async def read(self, id: Id) -> PersonaText:
        """Read a persona."""
        return await self.personas.get(id)

    @put("/{id}", status=204)
    async def write(self, id: Id, persona: PersonaText) -> None:
        """Write a persona; the next answer is in its voice."""
        await self.personas.put(id, persona)

"""Contacts over HTTP: whom the bot may answer, and whom it leaves alone for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from hutch.http import Path, controller, get, guard, post, put
from hutch_auth import OPERATOR, RequireRole
from hutch_pause import PauseSwitch
from secondme.schemas import CONTACT_ID, ContactView, NewContact, NewPause, PersonaChoice
from secondme.services.contacts import Contacts
from secondme.services.overview import Overview
from secondme.services.personas import Personas

Id = Annotated[str, Path(pattern=CONTACT_ID)]


@guard(RequireRole(OPERATOR))
@controller("/api/contacts")
@dataclass
class ContactsController:
    """Contacts."""

    contacts: Contacts
    personas: Personas
    switch: PauseSwitch
    overview: Overview

    @get("/")
    async def list(self) -> tuple[ContactView, ...]:
        """List the contacts, the newest first."""
        return await self.overview.people()

    @post("/", status=201)
    async def add(self, new: NewContact) -> dict[str, str]:
        """Add a contact by their number, not enabled; again is no change."""
        return {"id": await self.contacts.known(new.number)}

    @post("/{id}/enable", status=204)
    async def enable(self, id: Id) -> None:
        """Let the bot answer a contact."""
        await self.contacts.enable(id)

    @post("/{id}/disable", status=204)
    async def disable(self, id: Id) -> None:
        """Let the bot answer a contact no more."""
        await self.contacts.disable(id)

    @put("/{id}/persona", status=204)
    async def choose(self, id: Id, choice: PersonaChoice) -> None:
        """Say in whose voice a contact is answered."""
        await self.personas.get(choice.persona_id)
        await self.contacts.choose_persona(id, choice.persona_id)

    @post("/{id}/pause", status=204)
    async def pause(self, id: Id, pause: NewPause) -> None:
        """Pause the bot for a contact."""
        await self.contacts.get(id)
        await self.switch.pause(id, duration=timedelta(minutes=pause.minutes), reason=pause.reason)

    @post("/{id}/resume", status=204)
    async def resume(self, id: Id) -> None:
        """Let the bot answer a contact again."""
        await self.contacts.get(id)
        await self.switch.resume(id)

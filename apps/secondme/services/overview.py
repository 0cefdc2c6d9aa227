"""Overview: all that the dashboard shows, read anew each time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from hutch_pause import PauseState, PauseSwitch
from hutch_pubsub import InboxAdmin
from secondme.inbox import MESSAGES
from secondme.models import Message
from secondme.schemas import (
    BacklogView,
    ConnectionView,
    ContactView,
    MessageView,
    QrView,
    StateView,
    StopView,
)
from secondme.services.clock import now_ms, to_ms
from secondme.services.connection import Connection
from secondme.services.contacts import Contacts
from secondme.services.conversation import Conversation
from secondme.services.kill_switch import BigSwitch


@dataclass(frozen=True, slots=True)
class Overview:
    """Shows where everything stands."""

    connection: Connection
    contacts: Contacts
    conversation: Conversation
    big_switch: BigSwitch
    switch: PauseSwitch
    inbox: InboxAdmin

    async def state(self) -> StateView:
        """Read all of it.

        Raises:
            HutchError: Redis does not answer.
        """
        connection, stop, backlog, contacts = await asyncio.gather(
            self.connected(), self.stop(), self.backlog(), self.people()
        )
        latest = await self.conversation.latest()
        waiting = await self.conversation.in_review()
        return StateView(
            time=now_ms(),
            connection=connection,
            stop=stop,
            backlog=backlog,
            contacts=contacts,
            messages=self.messages(latest),
            review=self.messages(waiting),
        )

    async def connected(self) -> ConnectionView:
        """Tell whether WhatsApp is connected, and which QR code to scan where it is not."""
        kept = await self.connection.credential()
        if kept is not None:
            begin, end = to_ms(kept.connected), to_ms(kept.expires)
            return ConnectionView(connected=True, connected_at=begin, expires_at=end)
        offer = await self.connection.offer()
        if offer is None or offer.expires_at <= now_ms():
            return ConnectionView(connected=False)
        qr = QrView(qr_code=offer.picture, expires_at=offer.expires_at)
        return ConnectionView(connected=False, qr=qr)

    async def stop(self) -> StopView:
        """Tell whether everything is stopped."""
        found = await self.big_switch.state()
        if found is None:
            return StopView(stopped=False)
        return StopView(stopped=True, since=found.since, reason=found.reason)

    async def backlog(self) -> BacklogView:
        """Count what waits."""
        stats = await self.inbox.stats(MESSAGES.name)
        limit, alarm_at = MESSAGES.max_length or 0, MESSAGES.alarm_at or 0
        return BacklogView(
            length=stats.length,
            limit=limit,
            alarm=stats.length >= alarm_at,
            unreadable=stats.dead + stats.review,
        )

    async def people(self) -> tuple[ContactView, ...]:
        """List the contacts with their pauses."""
        pauses = {pause.subject: pause for pause in await self.switch.list()}
        contacts = await self.contacts.all()
        epoch = await self.contacts.epoch.current()
        return tuple(
            ContactView(
                id=contact.id,
                number=self.contacts.number(contact),
                persona_id=contact.persona_id,
                enabled=contact.enabled_epoch == epoch,
                paused_until=_until(pauses.get(contact.id)),
                pause_reason=_reason(pauses.get(contact.id)),
            )
            for contact in contacts
        )

    def messages(self, rows: Iterable[Message]) -> tuple[MessageView, ...]:
        """Show messages."""
        return tuple(
            MessageView(
                id=row.id,
                contact_id=row.contact_id,
                content=self.conversation.content(row),
                timestamp=row.sent_at,
                state=row.state,
                reason=row.reason,
                answer=self.conversation.answer(row),
                delivery=row.delivery,
            )
            for row in rows
        )


def _until(pause: PauseState | None) -> int | None:
    return None if pause is None or pause.until is None else to_ms(pause.until)


def _reason(pause: PauseState | None) -> str | None:
    return None if pause is None else pause.reason

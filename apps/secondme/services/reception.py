"""Reception: what WhatsApp's webhook tells, put where it waits to be handled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from hutch_pubsub import Inbox
from kit.platforms import Delivery, Echo, Incoming
from secondme.inbox import MESSAGES
from secondme.schemas import ChatMessage, Direction
from secondme.services.admission import Admission
from secondme.services.clock import to_ms
from secondme.services.connection import Connection
from secondme.services.contacts import Contacts
from secondme.services.deliveries import Deliveries
from secondme.services.ids import Ids

Told = Incoming | Echo | Delivery

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reception:
    """Takes what comes. Once it returns nothing of it is lost, nor handled twice."""

    contacts: Contacts
    ids: Ids
    inbox: Inbox
    deliveries: Deliveries
    connection: Connection
    admission: Admission

    async def take(self, events: Iterable[Told]) -> None:
        """Take messages and statuses of this number; those of other numbers are left alone.

        Raises:
            InboxUnavailable: Redis does not answer; WhatsApp shall deliver again.
            PauseUnavailable: Likewise.
            SessionsUnavailable: Likewise.
        """
        mine = await self._mine(list(events))
        messages = [await self._message(one) for one in mine if not isinstance(one, Delivery)]
        for message in messages:
            # Not by the inbox: where that is long, the bot would answer in between.
            if message.from_me:
                await self.admission.keep_out(message)
        if messages:
            await self.inbox.add_all(MESSAGES, messages)
        for one in mine:
            if isinstance(one, Delivery):
                await self.deliveries.note(one)

    async def _mine(self, told: list[Told]) -> list[Told]:
        """Leave out what is for a number that is not connected; a Meta app may have several."""
        session = await self.connection.session()
        if session is None:
            return told
        mine = [one for one in told if one.phone_number_id == session.phone_number_id]
        if len(mine) < len(told):
            _log.warning("another number's events are left alone", events=len(told) - len(mine))
        return mine

    async def _message(self, one: Incoming | Echo) -> ChatMessage:
        from_me = isinstance(one, Echo)
        person = one.recipient if isinstance(one, Echo) else one.sender
        return ChatMessage(
            message_id=await self.ids.message(one.id),
            contact_id=await self.contacts.known(person),
            content=one.text,
            timestamp=to_ms(one.at),
            direction=Direction.OUTGOING if from_me else Direction.INCOMING,
            from_me=from_me,
        )

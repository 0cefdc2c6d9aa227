"""Sending: bring an answer to WhatsApp at most once, though its message may be handled twice.

SENDING is committed before WhatsApp is called. Who finds a message in SENDING, or gets no
outcome, does not send again: WhatsApp's webhook tells, by the message's id that goes along as
its reference. Does it not, a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from pydantic import SecretStr

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    RefreshThenRetryOnce,
    RetryAfter,
    Unknown,
    WhatsAppClient,
)
from secondme.models import Message
from secondme.models import MessageState as State
from secondme.schemas import WhatsAppSession
from secondme.services.admission import Admission, Verdict
from secondme.services.connection import Connection
from secondme.services.contacts import Contacts
from secondme.services.conversation import Conversation
from secondme.services.deliveries import Deliveries
from secondme.services.errors import NotSent

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends prepared answers."""

    conversation: Conversation
    contacts: Contacts
    admission: Admission
    connection: Connection
    whatsapp: WhatsAppClient
    deliveries: Deliveries

    async def send(self, id: str, *, released: bool = False) -> None:
        """Send an answer that is prepared; one that is not is left alone.

        Args:
            id: Which message.
            released: Whether a person said so: they hear of a pause that still holds it.

        Raises:
            NotSent: WhatsApp did not take it; it is prepared still.
            RetryAfter: Likewise, and WhatsApp says when to come back.
            PausesUnknown: Nobody knows now whether the bot may answer; likewise.
        """
        if not await self.conversation.move(id, State.PREPARED, to=State.SENDING, delivery=None):
            return
        message = await self.conversation.find(id)
        assert message is not None
        session = await self._look_again(message)
        if isinstance(session, Verdict):
            await self._end(id, _for_review(session) if released else session)
            return
        try:
            await self._call(message, session)
        except PlatformError as error:
            await self._judge(id, error, session)
        else:
            await self.deliveries.arrived(id)

    async def _look_again(self, message: Message) -> WhatsAppSession | Verdict:
        """Ask once more, after SENDING is committed: nothing that takes long lies between."""
        try:
            session = await self.connection.session()
            refusal = await self.admission.refusal(message.contact_id)
        except BaseException:
            await self.conversation.move(message.id, State.SENDING, to=State.PREPARED)
            raise
        return refusal or session or Verdict(State.REVIEW, "not_connected")

    async def _call(self, message: Message, session: WhatsAppSession) -> None:
        contact = await self.contacts.get(message.contact_id)
        await self.whatsapp.send_text(
            SecretStr(session.token),
            session.phone_number_id,
            to=self.contacts.number(contact),
            body=self.conversation.answer(message) or "",
            reference=message.id,
        )

    async def _judge(self, id: str, error: PlatformError, session: WhatsAppSession) -> None:
        kind = type(error).__name__
        _log.warning("answer is not sent", message=id, error=kind)
        match error:
            case Unknown():
                await self._end(id, Verdict(State.UNKNOWN, "no_outcome"))
            case NeedsReauth() | RefreshThenRetryOnce():
                await self._end(id, Verdict(State.REVIEW, "not_connected"))
                await self.connection.refused(session.token)
            case PauseAccount():
                await self._end(id, Verdict(State.REVIEW, "account_paused"))
            case FailPermanent():
                await self._end(id, Verdict(State.REVIEW, "refused"))
            case _:
                await self._end(id, Verdict(State.PREPARED, kind))
                if isinstance(error, RetryAfter):
                    raise error
                raise NotSent(f"WhatsApp did not take the answer to {id} ({kind}).") from error

    async def _end(self, id: str, verdict: Verdict) -> None:
        await self.conversation.move(id, State.SENDING, to=verdict.state, reason=verdict.reason)


def _for_review(refusal: Verdict) -> Verdict:
    return Verdict(State.REVIEW, refusal.reason or refusal.state.value.lower())

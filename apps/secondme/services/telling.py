"""Telling: messages and connections as events. They are hints; the rows are the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel

from hutch_pubsub import Events, EventsUnavailable, Topic
from secondme.channels import CONNECTION, MESSAGES, QR
from secondme.models import Message
from secondme.schemas import ChatMessage, ConnectionTold, MessageTold, QrTold
from secondme.services.clock import now_ms
from secondme.services.conversation import Conversation

M = TypeVar("M", bound=BaseModel)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells whoever listens now."""

    events: Events
    conversation: Conversation

    async def came(self, message: ChatMessage) -> None:
        """Tell of a message that somebody wrote."""
        event = MessageTold(
            message_id=message.message_id,
            contact_id=message.contact_id,
            content=message.content,
            bot_sent=False,
            timestamp=message.timestamp,
        )
        await self._tell(MESSAGES.of(), event)

    async def answered(self, id: str) -> None:
        """Tell of an answer that the bot has sent."""
        message = await self.conversation.find(id)
        if message is not None and (text := self.conversation.answer(message)) is not None:
            await self._tell(MESSAGES.of(), _answered(message, text))

    async def connection(self, *, connected: bool) -> None:
        """Tell that WhatsApp is connected, or no longer."""
        await self._tell(CONNECTION.of(), ConnectionTold(connected=connected))

    async def qr(self, picture: str, expires_at: int) -> None:
        """Tell of a QR code to scan."""
        left = max(0, expires_at - now_ms())
        await self._tell(QR.of(), QrTold(qr_code=picture, expires_in=left))

    async def _tell(self, topic: Topic[M], event: M) -> None:
        try:
            await self.events.publish(topic, event)
        except EventsUnavailable:
            _log.warning("nobody could be told", channel=topic.channel.kind)


def _answered(message: Message, text: str) -> MessageTold:
    return MessageTold(
        message_id=message.id,
        contact_id=message.contact_id,
        content=text,
        bot_sent=True,
        timestamp=message.since,
    )

"""Deliveries: what WhatsApp tells of answers that were sent, again and in any order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import or_, update

from hutch_database import Database
from kit.platforms import Delivery, DeliveryStatus
from secondme.models import Message
from secondme.models import MessageState as State
from secondme.schemas import MESSAGE_ID
from secondme.services.conversation import SENT, Conversation
from secondme.services.sending import Sender


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Notes how far answers have come; what ranks lower than what is known is old news."""

    database: Database
    conversation: Conversation
    sender: Sender

    async def note(self, delivery: Delivery) -> None:
        """Note a status. Whatever it says, WhatsApp has got the answer."""
        id = delivery.reference
        if not re.fullmatch(MESSAGE_ID, id) or not await self._rises(id, delivery.status):
            return
        if delivery.status is DeliveryStatus.FAILED:
            reason = f"undeliverable_{delivery.error}"
            await self.conversation.move(id, State.ANSWERED, *SENT, to=State.REVIEW, reason=reason)
        else:
            await self.sender.sent(id)

    async def _rises(self, id: str, status: DeliveryStatus) -> bool:
        lower = [known.value for known in DeliveryStatus if known.rank < status.rank]
        statement = (
            update(Message)
            .where(Message.id == id, or_(Message.delivery.is_(None), Message.delivery.in_(lower)))
            .values(delivery=status.value)
            .returning(Message.id)
        )
        async with self.database.session() as session:
            return await session.scalar(statement) is not None

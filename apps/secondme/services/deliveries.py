"""Deliveries: what WhatsApp tells of answers that were sent, again and in any order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kit.platforms import Delivery, DeliveryStatus
from secondme.schemas import MESSAGE_ID
from secondme.services.conversation import Conversation
from secondme.services.telling import Telling


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Notes how far answers have come; what ranks lower than what is known is old news."""

    conversation: Conversation
    telling: Telling

    async def note(self, delivery: Delivery) -> None:
        """Note a status. Whatever it says, WhatsApp has got the answer."""
        id = delivery.reference
        if not re.fullmatch(MESSAGE_ID, id):
            return
        if delivery.status is DeliveryStatus.FAILED:
            await self.conversation.fail(id, f"undeliverable_{delivery.error}")
        else:
            await self.arrived(id, delivery.status)

    async def arrived(self, id: str, status: DeliveryStatus | None = None) -> None:
        """Note that WhatsApp has an answer, whoever found out."""
        if await self.conversation.arrive(id, status):
            await self.telling.answered(id)

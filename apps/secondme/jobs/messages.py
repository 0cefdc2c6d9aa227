"""The consumer of the inbox ``QUEUE:messages``."""

from __future__ import annotations

from dataclasses import dataclass

from hutch_pubsub import consumer
from secondme.inbox import MESSAGES
from secondme.schemas import ChatMessage
from secondme.services.answering import Answering


@dataclass
class MessageConsumer:
    """Answers messages: those of one contact in their order, those of others side by side."""

    answering: Answering

    @consumer(MESSAGES, concurrency=20, timeout=60)
    async def answer(self, message: ChatMessage) -> None:
        """Answer a message; what cannot be answered now is delivered again."""
        await self.answering.handle(message)

"""The ``answers`` queue: messages that a person lets be answered after all."""

from __future__ import annotations

from dataclasses import dataclass

from hutch import intercept
from hutch_queue import fixed, job, processor
from kit.platforms import SnoozeWhenTold
from secondme.inbox import AGAIN, MESSAGES
from secondme.services.answering import Answering


@processor("answers", concurrency=5)
@dataclass
class AnswerJobs:
    """Answers what was taken out of review. Payloads hold ids, never what people wrote."""

    answering: Answering

    @intercept(SnoozeWhenTold)
    @job(
        name="answer-anyway",
        attempts=MESSAGES.attempts,
        backoff=fixed(AGAIN.total_seconds()),
        timeout=60,
    )
    async def answer(self, message_id: str) -> None:
        """Answer a message; may run twice, and sends once."""
        await self.answering.answer_anyway(message_id)

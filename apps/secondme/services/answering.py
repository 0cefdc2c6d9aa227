"""Answering: a message's way from the inbox to its answer. Every step may be run again."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from hutch_metrics import Counter, Metrics
from kit.platforms import FailPermanent
from secondme.models import MessageState as State
from secondme.schemas import ChatMessage
from secondme.services.admission import Admission
from secondme.services.conversation import Conversation
from secondme.services.sending import Sender
from secondme.services.telling import Telling
from secondme.services.writing import Writing

DECIDED = Counter("secondme_messages_total", "Messages by what was decided.", ("decision",))

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers messages."""

    conversation: Conversation
    admission: Admission
    writing: Writing
    sender: Sender
    telling: Telling
    metrics: Metrics

    async def handle(self, message: ChatMessage) -> None:
        """Answer a message at most once, or note why not.

        Raises:
            SecondMeError: It cannot be answered now; handle it again later.
            PlatformError: Likewise.
        """
        known = await self.conversation.find(message.message_id)
        state = await self._decide(message) if known is None else known.state
        if state is State.SENDING:
            # Who was at it has died, or has lost the message.
            await self.conversation.move(
                message.message_id, State.SENDING, to=State.UNKNOWN, reason="no_outcome"
            )
        if state is State.RECEIVED:
            await self._write(message.message_id, message.contact_id, message.content)
        if state in (State.RECEIVED, State.PREPARED):
            await self.sender.send(message.message_id)

    async def answer_anyway(self, id: str) -> None:
        """Answer a message that a person took out of review; where it is held, it goes back.

        Raises:
            SecondMeError: It cannot be answered now; try again later.
            PlatformError: Likewise.
        """
        message = await self.conversation.find(id)
        if message is None:
            return
        if message.state is State.RECEIVED:
            await self._write(id, message.contact_id, self.conversation.content(message))
        await self.sender.send(id, released=True)

    async def _decide(self, message: ChatMessage) -> State:
        verdict = await self.admission.judge(message)
        if await self.conversation.add(message, verdict.state, verdict.reason):
            self.metrics.add(DECIDED, decision=verdict.state.value)
            await self.telling.came(message)
        return verdict.state

    async def _write(self, id: str, contact_id: str, content: str) -> None:
        try:
            answer = await self.writing.answer(contact_id, content)
        except FailPermanent as error:
            _log.warning("no answer is written", message=id, error=type(error).__name__)
            await self.conversation.move(id, State.RECEIVED, to=State.REVIEW, reason="not_written")
            return
        await self.conversation.prepare(id, answer, State.RECEIVED)

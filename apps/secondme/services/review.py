"""Review: messages for which a person has to say what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from pydantic import ValidationError

from hutch_pubsub import Entry, InboxAdmin, Shelf
from secondme.inbox import MAX_AGE
from secondme.keys import INBOX
from secondme.models import MessageState as State
from secondme.schemas import ChatMessage
from secondme.services.clock import now_ms
from secondme.services.conversation import OPEN, Conversation
from secondme.services.errors import MessageNotFound
from secondme.settings import SecondMeSettings

PAGE = 200
STUCK = 2 * MAX_AGE // timedelta(milliseconds=1)
"""Milliseconds after which a message that is on its way to its answer has got lost."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Review:
    """Brings messages before a person, and does what they say."""

    conversation: Conversation
    inbox: InboxAdmin
    settings: SecondMeSettings

    async def collect(self) -> None:
        """Fetch what the inbox put aside, and what has waited too long for its outcome.

        Raises:
            InboxUnavailable: Redis does not answer.
        """
        await self._fetch("review", "not_handled")
        await self._fetch("dead", "failed")
        settled = now_ms() - round(self.settings.settle * 1000)
        await self._give_up(settled, "no_outcome", State.UNKNOWN)
        # Nobody is at these any more: Redis has lost the message, or the job.
        await self._give_up(now_ms() - STUCK, "no_outcome", State.SENDING)
        await self._give_up(now_ms() - STUCK, "not_handled", *OPEN)

    async def dismiss(self, id: str) -> None:
        """Put a message away.

        Raises:
            MessageNotFound: It does not wait for a person.
        """
        if not await self.conversation.move(id, State.REVIEW, to=State.DISMISSED):
            raise _not_there(id)

    async def release(self, id: str) -> None:
        """Let a message be answered after all.

        Raises:
            MessageNotFound: It does not wait for a person.
        """
        message = await self.conversation.find(id)
        written = message is not None and message.answer is not None
        state = State.PREPARED if written else State.RECEIVED
        if not await self.conversation.move(id, State.REVIEW, to=state):
            raise _not_there(id)

    async def _give_up(self, since: int, reason: str, *states: State) -> None:
        for id in await self.conversation.stale(*states, since=since):
            await self.conversation.move(id, *states, to=State.REVIEW, reason=reason)

    async def _fetch(self, shelf: Shelf, reason: str) -> None:
        entries = await self.inbox.entries(INBOX, shelf, limit=PAGE)
        known = [entry.id for entry in entries if await self._record(entry, reason)]
        if known:
            _log.warning("messages wait for a person", shelf=shelf, entries=known)
            await self.inbox.discard(INBOX, shelf, *known)

    async def _record(self, entry: Entry, reason: str) -> bool:
        """Bring one before a person; what cannot be read stays where it is."""
        message = _read(entry)
        if message is None:
            return False
        # What the user wrote needs no answer, from nobody.
        state = State.FROM_ME if message.from_me else State.REVIEW
        if not await self.conversation.add(message, state, reason):
            id = message.message_id
            await self.conversation.move(id, *OPEN, to=State.REVIEW, reason=reason)
        return True


def _read(entry: Entry) -> ChatMessage | None:
    fields = {name: text for name, text in entry.fields.items() if not name.startswith("hutch:")}
    try:
        return ChatMessage.model_validate_strings(fields)
    except ValidationError:
        return None


def _not_there(id: str) -> MessageNotFound:
    return MessageNotFound(f"The message {id} does not wait for a person; read the list again.")

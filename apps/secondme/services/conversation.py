"""Conversation: the messages' rows, and the steps of their states, each one transaction.

Every step names the states in which it may be taken, and compares them in the update itself:
of two processes at most one takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate, Update

from hutch_database import Database
from hutch_vault import Vault
from kit.platforms import DeliveryStatus
from secondme.models import Message
from secondme.models import MessageState as State
from secondme.schemas import ChatMessage
from secondme.services.clock import now_ms

SENT = (State.SENDING, State.UNKNOWN, State.REVIEW, State.DISMISSED)
"""States of answers that WhatsApp may have got."""
OPEN = (State.RECEIVED, State.PREPARED)
"""States of messages whose answer is still to be sent, also those that a person let be answered."""
NOT_FAILED = or_(Message.delivery.is_(None), Message.delivery != DeliveryStatus.FAILED.value)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages."""

    database: Database
    vault: Vault

    async def find(self, id: str) -> Message | None:
        """Read a message; None where there is none of this id."""
        async with self.database.session() as session:
            return await session.get(Message, id)

    async def add(self, message: ChatMessage, state: State, reason: str | None) -> bool:
        """Record a message; return whether it was new."""
        id = message.message_id
        row = {
            "id": id,
            "contact_id": message.contact_id,
            "content": self.vault.encrypt_text(message.content, purpose=_content(id)),
            "sent_at": message.timestamp,
            "state": state,
            "since": now_ms(),
            "reason": reason,
        }
        try:
            async with self.database.session() as session:
                await session.execute(insert(Message).values(row))
        except IntegrityError:
            return False
        return True

    async def move(
        self, id: str, *before: State, to: State, reason: str | None = None, **values: Any
    ) -> bool:
        """Take a step; return whether this call took it.

        Args:
            id: Which message.
            before: In which states it may be.
            to: The next one.
            reason: Why.
            values: Further columns.
        """
        step = _step(id, before, state=to, reason=reason, **values)
        async with self.database.session() as session:
            return await session.scalar(step) is not None

    async def arrive(self, id: str, status: DeliveryStatus | None = None) -> bool:
        """Note that WhatsApp has an answer, and how far it came; return whether it had it not yet.

        What could not be delivered stays with whoever has to look at it.
        """
        step = _step(id, (*SENT, *OPEN), state=State.ANSWERED, reason=None).where(NOT_FAILED)
        async with self.database.session() as session:
            if status is not None:
                await session.execute(_rise(id, status))
            return await session.scalar(step) is not None

    async def fail(self, id: str, reason: str) -> None:
        """Note that an answer could not be delivered: a person has to look."""
        failed = {"state": State.REVIEW, "reason": reason, "delivery": DeliveryStatus.FAILED.value}
        step = _step(id, (State.ANSWERED, *SENT), **failed).where(NOT_FAILED)
        async with self.database.session() as session:
            await session.execute(step)

    async def prepare(self, id: str, answer: str, *before: State) -> bool:
        """Keep the answer that is to be sent."""
        sealed = self.vault.encrypt_text(answer, purpose=_answer(id))
        return await self.move(id, *before, to=State.PREPARED, answer=sealed)

    async def stale(self, *states: State, since: int) -> Sequence[str]:
        """List messages that have been in a state for longer than since a time in ms."""
        query = select(Message.id).where(Message.state.in_(states), Message.since < since)
        async with self.database.session() as session:
            return (await session.scalars(query.limit(500))).all()

    async def latest(self, limit: int = 50) -> Sequence[Message]:
        """List messages, the newest first."""
        query = select(Message).order_by(Message.sent_at.desc(), Message.id).limit(limit)
        async with self.database.session() as session:
            return (await session.scalars(query)).all()

    async def writers(self, *, since: int, limit: int) -> Sequence[str]:
        """List the contacts that have written since a time in ms, who wrote last first."""
        last = func.max(Message.sent_at)
        query = select(Message.contact_id).where(Message.sent_at >= since)
        grouped = query.group_by(Message.contact_id).order_by(last.desc()).limit(limit)
        async with self.database.session() as session:
            return (await session.scalars(grouped)).all()

    async def count(self, state: State) -> int:
        """Count the messages in a state."""
        query = select(func.count()).where(Message.state == state)
        async with self.database.session() as session:
            return await session.scalar(query) or 0

    async def in_review(self, limit: int = 200) -> Sequence[Message]:
        """List messages that wait for a person, the oldest first."""
        query = select(Message).where(Message.state == State.REVIEW)
        oldest = query.order_by(Message.sent_at, Message.id).limit(limit)
        async with self.database.session() as session:
            return (await session.scalars(oldest)).all()

    def content(self, message: Message) -> str:
        """Return what a person wrote."""
        return self.vault.decrypt_text(message.content, purpose=_content(message.id))

    def answer(self, message: Message) -> str | None:
        """Return what the bot wrote; None where it has not."""
        if message.answer is None:
            return None
        return self.vault.decrypt_text(message.answer, purpose=_answer(message.id))


def _step(id: str, before: Sequence[State], **changes: Any) -> ReturningUpdate[str]:
    taken = update(Message).where(Message.id == id, Message.state.in_(before))
    return taken.values(changes | {"since": now_ms()}).returning(Message.id)


def _rise(id: str, status: DeliveryStatus) -> Update:
    lower = [known.value for known in DeliveryStatus if known.rank < status.rank]
    known = or_(Message.delivery.is_(None), Message.delivery.in_(lower))
    return update(Message).where(Message.id == id, known).values(delivery=status.value)


def _content(id: str) -> str:
    return f"secondme.message.content {id}"


def _answer(id: str) -> str:
    return f"secondme.message.answer {id}"

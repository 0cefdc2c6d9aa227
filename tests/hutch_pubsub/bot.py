"""An app with a consumer, as a messenger's bot would be."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field

from hutch import Inject, Module, bind
from hutch.testing import Testing
from hutch_pubsub import Delivery, Inbox, InboxAdmin, InboxSpec, InboxStats, consumer, pubsub_module


class Chat(BaseModel):
    """A message as the wire has it."""

    message_id: str = Field(alias="messageId")
    contact: str = Field(alias="contactId")
    content: str = ""
    from_me: bool = Field(default=False, alias="fromMe")


MESSAGES = InboxSpec(
    "QUEUE:messages",
    Chat,
    group="bot",
    order_by="contact",
    once_by="message_id",
    attempts=2,
    retry_after=timedelta(milliseconds=1),
    max_length=1000,
    max_age=timedelta(minutes=5),
)


def chat(number: int | str, contact: int | str = "", content: str = "") -> Chat:
    return Chat(messageId=str(number), contactId=str(contact or f"c{number}"), content=content)


@dataclass
class Journal:
    """What the bot did, in order."""

    entries: list[Any] = field(default_factory=list[Any])
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    running: int = 0
    peak: int = 0

    async def write(self, entry: Any) -> None:
        self.entries.append(entry)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count: int, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.entries) >= count)


class Tray:
    """Lives for one delivery."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery


@dataclass
class Bot:
    """Answers, and does what the content says."""

    journal: Journal

    @consumer(MESSAGES, concurrency=4, timeout=0.5)
    async def answer(self, message: Chat, delivery: Inject[Delivery], tray: Inject[Tray]) -> None:
        assert tray.delivery is delivery
        self.journal.running += 1
        self.journal.peak = max(self.journal.peak, self.journal.running)
        try:
            await self.journal.write((message.message_id, delivery.attempt))
            await self._do(message, delivery)
        finally:
            self.journal.running -= 1

    async def _do(self, message: Chat, delivery: Delivery) -> None:
        match message.content:
            case "wait":
                await self.journal.gate.wait()
            case "fail" | "fail once" if message.content == "fail" or delivery.attempt == 1:
                raise ValueError(f"cannot answer {message.content}")
            case "hang":
                await asyncio.Event().wait()
            case _:
                pass


bot = Module(
    "bot",
    imports=[pubsub_module(MESSAGES)],
    providers=[Journal, Bot, bind(Tray).to(Tray).per_request()],
    exports=[Journal, Inbox, InboxAdmin],
)


async def until_empty(app: Testing) -> InboxStats:
    """Wait until all is settled."""
    async with asyncio.timeout(10):
        while (stats := await app.get(InboxAdmin).stats(MESSAGES.name)).length:
            await asyncio.sleep(0.01)
    return stats

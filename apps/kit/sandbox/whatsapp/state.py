"""All that the sandbox knows of WhatsApp."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kit.sandbox.accounts import Account, Accounts
from kit.sandbox.graph.door import HOUR
from kit.sandbox.whatsapp.hook import Hook
from kit.sandbox.whatsapp.sessions import Session
from kit.sandbox.windows import Windows

LIFETIME = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that a business has sent.

    Attributes:
        reference: The app's own id of it.
    """

    id: str
    author: Account
    to: str
    text: str
    reply_to: str
    reference: str
    created_at: datetime

    def plain(self) -> dict[str, Any]:
        """The message for the page."""
        return {
            "id": self.id,
            "user_id": self.author.user_id,
            "username": f"{self.author.username} → {self.to}",
            "text": self.text,
            "media_ids": [],
            "created_at": self.created_at.isoformat(),
        }


class WhatsAppState:
    """WhatsApp in memory.

    Args:
        calls_per_hour: How many calls a number's app may make.
    """

    def __init__(self, calls_per_hour: int = 100_000) -> None:
        self.accounts = Accounts(LIFETIME)
        self.messages: list[StoredMessage] = []
        self.hook: Hook | None = None
        self.sessions: dict[str, Session] = {}
        self.windows = Windows({"all": calls_per_hour}, HOUR)

    def add(
        self, author: Account, to: str, text: str, *, reply_to: str = "", reference: str = ""
    ) -> StoredMessage:
        """Send a message."""
        now = datetime.now(UTC)
        message = StoredMessage(wamid(), author, to, text, reply_to, reference, now)
        self.messages.append(message)
        return message

    def plain(self) -> dict[str, Any]:
        """Tell the sessions and the webhook, for the page; no token."""
        sessions = [session.plain() for session in self.sessions.values()][::-1]
        return {"sessions": sessions, "webhook": self.hook.url if self.hook else None}

    def of(self, phone_number_id: str) -> list[StoredMessage]:
        """List what a number has sent, newest first."""
        sent = [message for message in self.messages if message.author.user_id == phone_number_id]
        return sent[::-1]


def wamid() -> str:
    """Make the id of a message."""
    return f"wamid.{base64.b64encode(secrets.token_bytes(30)).decode()}"

"""Tables: contacts, their messages with the bot's answers, and what SecondMe remembers.

All times are milliseconds since 1970. What people wrote, and their numbers, are encrypted.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from sqlalchemy import JSON, BigInteger, Enum, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hutch_database import metadata

ONLY = 1
"""The id of the one row of a table that has no more."""


class MessageState(StrEnum):
    """Where a message stands.

    RECEIVED → PREPARED → SENDING → ANSWERED is the way; SENDING is committed before WhatsApp
    is called. UNKNOWN was sent without an outcome, which WhatsApp's webhook tells. FROM_ME,
    NOT_ENABLED, PAUSED and LIMITED get no answer. REVIEW waits for a person, DISMISSED has
    had one.
    """

    RECEIVED = "RECEIVED"
    PREPARED = "PREPARED"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    ANSWERED = "ANSWERED"
    FROM_ME = "FROM_ME"
    NOT_ENABLED = "NOT_ENABLED"
    PAUSED = "PAUSED"
    LIMITED = "LIMITED"
    REVIEW = "REVIEW"
    DISMISSED = "DISMISSED"


class Base(DeclarativeBase):
    """Base of SecondMe's tables."""

    metadata = metadata()
    type_annotation_map: ClassVar = {
        int: BigInteger(),
        MessageState: Enum(MessageState, native_enum=False, length=16),
        list[str]: JSON(),
    }


class Contact(Base):
    """Somebody who writes.

    Attributes:
        number: The phone number, encrypted.
        enabled_epoch: In which life of the Redis data the bot was allowed to answer.
    """

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    persona_id: Mapped[str]
    enabled_epoch: Mapped[str | None]
    created_at: Mapped[int]


class Message(Base):
    """A message, and the bot's answer to it: at most one, however often it is handled.

    Attributes:
        content: What was written, encrypted.
        sent_at: When, by WhatsApp's clock.
        since: When it came into its state.
        reason: Why it is in its state.
        answer: What the bot wrote, encrypted.
        delivery: How far WhatsApp has brought the answer.
    """

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[int] = mapped_column(index=True)
    state: Mapped[MessageState] = mapped_column(index=True)
    since: Mapped[int]
    reason: Mapped[str | None]
    answer: Mapped[str | None] = mapped_column(Text)
    delivery: Mapped[str | None]


class Persona(Base):
    """In whose voice the bot answers."""

    __tablename__ = "persona"

    id: Mapped[str] = mapped_column(primary_key=True)
    style_guide: Mapped[str] = mapped_column(Text)
    tone: Mapped[str]
    example_messages: Mapped[list[str]]


class KillSwitch(Base):
    """Whether everything is stopped: outlives Redis."""

    __tablename__ = "kill_switch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int]
    reason: Mapped[str | None]


class QrOffer(Base):
    """The QR code that waits to be scanned.

    Attributes:
        pairing_id: What the other side calls the connection, encrypted.
        picture: A PNG in base64.
    """

    __tablename__ = "qr_offer"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pairing_id: Mapped[str] = mapped_column(Text)
    picture: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int]


class IdKey(Base):
    """The encrypted key that ids of contacts and messages are made with."""

    __tablename__ = "id_key"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str] = mapped_column(Text)

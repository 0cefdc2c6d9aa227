"""Payloads: what waits in the inbox, goes out as events and comes over HTTP. Times are ms."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kit.asked import Asked
from kit.payloads import Payload
from secondme.models import MessageState

CONTACT_ID = r"^contact_[0-9a-f]{24}$"
"""What ids of contacts look like; none can be ``ALL``, or have a ``:``."""
MESSAGE_ID = r"^msg_[0-9a-f]{24}$"
PERSONA_ID = r"^[A-Za-z0-9_-]{1,64}$"
NUMBER = r"^\+?[1-9]\d{4,14}$"
STORABLE = r"^[^\x00]*$"
"""Text that every database takes: PostgreSQL refuses a NUL."""

ContactId = Annotated[str, Field(pattern=CONTACT_ID)]
MessageId = Annotated[str, Field(pattern=MESSAGE_ID)]


class Direction(StrEnum):
    """Which way a message went, as the connected person sees it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class ChatMessage(Payload):
    """A message as it waits in the inbox.

    Attributes:
        content: Empty where it is a picture, a sound or the like.
        from_me: Whether the connected person wrote it.
    """

    message_id: MessageId
    contact_id: ContactId
    content: str = Field(repr=False)
    timestamp: int
    direction: Direction
    from_me: bool


class WhatsAppSession(Payload):
    """What is needed to send; lies encrypted in Redis.

    Attributes:
        pairing_id: What the other side calls the connection.
    """

    phone_number_id: str
    token: str = Field(repr=False)
    pairing_id: str = Field(repr=False)


class MessageTold(Payload):
    """``events:messages``: a message of a conversation, whoever wrote it."""

    message_id: str
    contact_id: str
    content: str = Field(repr=False)
    bot_sent: bool
    timestamp: int


class QrTold(Payload):
    """``events:qr``: a QR code to scan."""

    qr_code: str = Field(repr=False)
    expires_in: int


class ConnectionTold(Payload):
    """``events:connection``: WhatsApp is connected, or no longer."""

    connected: bool


class PersonaText(Payload):
    """In whose voice the bot answers."""

    style_guide: Annotated[str, Field(min_length=1, max_length=4000, pattern=STORABLE)]
    tone: Annotated[str, Field(min_length=1, max_length=200, pattern=STORABLE)]
    example_messages: Annotated[
        tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=20)
    ]


class NewContact(Asked):
    """Somebody whom the bot may be allowed to answer."""

    number: Annotated[str, Field(pattern=NUMBER, repr=False)]


class NewPause(Asked):
    """A pause by hand."""

    minutes: Annotated[float, Field(gt=0, le=60 * 24 * 365)] = 60
    reason: Annotated[str, Field(max_length=200, pattern=STORABLE)] | None = None


class NewStop(Asked):
    """The big switch."""

    reason: Annotated[str, Field(max_length=200, pattern=STORABLE)] | None = None


class PersonaChoice(Asked):
    """Which persona answers a contact."""

    persona_id: Annotated[str, Field(pattern=PERSONA_ID)]


class ContactView(Payload):
    """A contact on the dashboard."""

    id: str
    number: str = Field(repr=False)
    persona_id: str
    enabled: bool
    paused_until: int | None = None
    pause_reason: str | None = None


class MessageView(Payload):
    """A message on the dashboard, with the bot's answer."""

    id: str
    contact_id: str
    content: str = Field(repr=False)
    timestamp: int
    state: MessageState
    reason: str | None
    answer: str | None = Field(repr=False)
    delivery: str | None


class QrView(Payload):
    """The QR code that waits to be scanned."""

    qr_code: str = Field(repr=False)
    expires_at: int


class ConnectionView(Payload):
    """Whether WhatsApp is connected."""

    connected: bool
    connected_at: int | None = None
    expires_at: int | None = None
    qr: QrView | None = None


class StopView(Payload):
    """Whether everything is stopped."""

    stopped: bool
    since: int | None = None
    reason: str | None = None


class BacklogView(Payload):
    """How many messages wait; ``alarm`` when it is too many."""

    length: int
    limit: int
    alarm: bool
    unreadable: int


class StateView(Payload):
    """All that the dashboard shows, as of now."""

    time: int
    connection: ConnectionView
    stop: StopView
    backlog: BacklogView
    contacts: tuple[ContactView, ...]
    messages: tuple[MessageView, ...]
    review: tuple[MessageView, ...]

"""What Meta tells by the webhook: messages that came in, and what became of those sent.

Meta delivers again for up to seven days, several at once, and in any order. So keep a
message once by its ``id``, and a delivery only if its status ranks above the one known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import Field, ValidationError

from kit.platforms.wire import Wire


class DeliveryStatus(StrEnum):
    """What became of a message that was sent."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """How far the message has come; what ranks lower is old news."""
        return list(DeliveryStatus).index(self)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from a person.

    Attributes:
        id: The same each time it is delivered.
        phone_number_id: WhatsApp's id of the number it was sent to.
        kind: ``text``, or what else WhatsApp can carry.
        text: Empty where it is no text.
        reply_to: The id of the message that it answers, empty if none.
    """

    id: str
    phone_number_id: str
    at: datetime
    kind: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A new status of a message that was sent.

    Attributes:
        id: The message's.
        reference: The app's own id of it, as it was given to ``send_text``.
        error: WhatsApp's code for why it failed, 0 if it did not.
    """

    id: str
    phone_number_id: str
    at: datetime
    status: DeliveryStatus
    recipient: str = field(repr=False)
    reference: str = ""
    error: int = 0


def read_events(body: bytes) -> tuple[Incoming | Delivery, ...]:
    """Read the body of a call whose signature was checked.

    What is neither is passed over: Meta adds new kinds at any time.

    Raises:
        ValueError: It is no webhook of WhatsApp.
    """
    try:
        payload = _Payload.model_validate_json(body)
        changes = [change for entry in payload.entry for change in entry.changes]
        values = [_Value.model_validate(c.value) for c in changes if c.field == "messages"]
    except ValidationError as error:
        raise ValueError(
            f"This is no webhook of WhatsApp: {error.error_count()} fields do not fit."
        ) from error
    return tuple(event for value in values for event in _events(value))


class _Text(Wire):
    body: str = Field(repr=False)


class _Context(Wire):
    id: str = ""


class _Message(Wire):
    id: str
    sender: str = Field(alias="from", repr=False)
    timestamp: int
    type: str
    text: _Text | None = None
    context: _Context = _Context()


class _Failure(Wire):
    code: int = 0


class _Status(Wire):
    id: str
    status: str
    timestamp: int
    recipient_id: str = Field(default="", repr=False)
    biz_opaque_callback_data: str = ""
    errors: tuple[_Failure, ...] = ()


class _Metadata(Wire):
    phone_number_id: str = ""


class _Value(Wire):
    metadata: _Metadata = _Metadata()
    messages: tuple[_Message, ...] = ()
    statuses: tuple[_Status, ...] = ()


class _Change(Wire):
    field: str
    value: Any = Field(repr=False)


class _Entry(Wire):
    changes: tuple[_Change, ...]


class _Payload(Wire):
    entry: tuple[_Entry, ...]


def _events(told: _Value) -> Iterator[Incoming | Delivery]:
    number = told.metadata.phone_number_id
    for m in told.messages:
        text = m.text.body if m.text else ""
        yield Incoming(m.id, number, _at(m.timestamp), m.type, m.sender, text, m.context.id)
    for s in told.statuses:
        if s.status in set(DeliveryStatus):
            code = s.errors[0].code if s.errors else 0
            status = DeliveryStatus(s.status)
            reference = s.biz_opaque_callback_data
            yield Delivery(s.id, number, _at(s.timestamp), status, s.recipient_id, reference, code)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

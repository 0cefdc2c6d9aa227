"""What Meta tells by the webhook: messages that came in, and what became of those sent.

Meta delivers again for up to seven days, several at once, and in any order. So keep a
message once by its ``id``, and a delivery only if its status ranks above the one known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import structlog
from pydantic import Field, ValidationError

from kit.platforms.wire import Wire

W = TypeVar("W", bound=Wire)
_log = structlog.get_logger(__name__)
_FIELDS = ("messages", "smb_message_echoes")
"""What a webhook tells: what came in, and what was written on the phone."""
_Seconds = Annotated[int, Field(ge=0, lt=10**11)]


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
class Echo:
    """A message that the business's own people wrote by hand, on the phone.

    Attributes:
        id: The same each time it is delivered.
        phone_number_id: WhatsApp's id of the number it was sent from.
        kind: ``text``, or what else WhatsApp can carry.
        text: Empty where it is no text.
    """

    id: str
    phone_number_id: str
    at: datetime
    kind: str
    recipient: str = field(repr=False)
    text: str = field(repr=False)


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


def read_events(body: bytes) -> tuple[Incoming | Echo | Delivery, ...]:
    """Read the body of a call whose signature was checked.

    What is none of these is passed over: Meta adds new kinds at any time. So is what cannot be
    read, with a line in the log: were the call refused, Meta would send it again for days,
    and its neighbours would be lost with it.

    Raises:
        ValueError: It is no webhook of WhatsApp.
    """
    try:
        payload = _Payload.model_validate_json(body)
    except ValidationError as error:
        raise ValueError(
            f"This is no webhook of WhatsApp: {error.error_count()} fields do not fit."
        ) from error
    changes = _readable(_Change, [change for entry in payload.entry for change in entry.changes])
    told = [change.value for change in changes if change.field in _FIELDS]
    return tuple(event for value in _readable(_Value, told) for event in _events(value))


class _Text(Wire):
    body: str = Field(repr=False)


class _Context(Wire):
    id: str = ""


class _Message(Wire):
    id: str
    sender: str = Field(alias="from", repr=False)
    timestamp: _Seconds
    type: str
    text: _Text | None = None
    context: _Context = _Context()

    @property
    def body(self) -> str:
        return self.text.body if self.text else ""


class _Echo(_Message):
    to: str = Field(repr=False)


class _Failure(Wire):
    code: int = 0


class _Status(Wire):
    id: str
    status: str
    timestamp: _Seconds
    recipient_id: str = Field(default="", repr=False)
    biz_opaque_callback_data: str = ""
    errors: tuple[_Failure, ...] = ()


class _Metadata(Wire):
    phone_number_id: str = ""


class _Value(Wire):
    metadata: _Metadata = _Metadata()
    messages: tuple[Any, ...] = Field(default=(), repr=False)
    message_echoes: tuple[Any, ...] = Field(default=(), repr=False)
    statuses: tuple[Any, ...] = Field(default=(), repr=False)


class _Change(Wire):
    field: str
    value: Any = Field(repr=False)


class _Entry(Wire):
    changes: tuple[Any, ...] = Field(default=(), repr=False)


class _Payload(Wire):
    entry: tuple[_Entry, ...]


def _events(told: _Value) -> Iterator[Incoming | Echo | Delivery]:
    number = told.metadata.phone_number_id
    for m in _readable(_Message, told.messages):
        yield Incoming(m.id, number, _at(m.timestamp), m.type, m.sender, m.body, m.context.id)
    for e in _readable(_Echo, told.message_echoes):
        yield Echo(e.id, number, _at(e.timestamp), e.type, e.to, e.body)
    for s in _readable(_Status, told.statuses):
        if s.status in set(DeliveryStatus):
            code = s.errors[0].code if s.errors else 0
            status = DeliveryStatus(s.status)
            reference = s.biz_opaque_callback_data
            yield Delivery(s.id, number, _at(s.timestamp), status, s.recipient_id, reference, code)


def _readable(model: type[W], parts: Iterable[Any]) -> Iterator[W]:
    for part in parts:
        try:
            yield model.model_validate(part)
        except ValidationError:
            _log.warning("part of a webhook left out that cannot be read", part=model.__name__)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

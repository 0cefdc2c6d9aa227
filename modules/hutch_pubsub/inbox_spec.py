"""Inbox specs: what an inbox is called, what is in it and how it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel

from hutch_pubsub.entry_codec import EntryCodec
from hutch_pubsub.errors import InvalidInbox

M = TypeVar("M", bound=BaseModel)

_NAME = re.compile(r"[A-Za-z0-9_.@=+-]+(:[A-Za-z0-9_.@=+-]+)*")
_TAKEN = ("dead", "review", "order", "seen")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class InboxSpec(Generic[M]):
    """Messages that wait: ``InboxSpec("QUEUE:messages", ChatMessage, order_by="contact_id")``.

    Args:
        name: Parts separated by ``:``; the key of the stream, behind the app's prefix.
        model: What is in it: flat, each field is a field of the entry.
        group: The consumer group.
        order_by: A field: messages with the same value are handled one after the other, in the
            order in which they came, whoever handles them. None keeps no order.
        once_by: A field: a message whose value was handled before is left out.
        once_for: How long such a value is remembered.
        attempts: How often a message is delivered before it is put among the dead.
        retry_after: How long a message waits whose handler failed.
        max_age: Older messages are put aside for review, unhandled; None is no limit.
        max_length: With more messages, the oldest that nobody has are put aside for review;
            None is no limit. At 80 % there is an alarm.

    Raises:
        InvalidInbox: Something of this cannot work.
    """

    name: str
    model: type[M]
    group: str = "consumers"
    order_by: str | None = None
    once_by: str | None = None
    once_for: timedelta = timedelta(days=1)
    attempts: int = 5
    retry_after: timedelta = timedelta(seconds=5)
    max_age: timedelta | None = None
    max_length: int | None = None
    codec: EntryCodec[M] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = f"InboxSpec({self.name!r})"
        if not _NAME.fullmatch(self.name) or len(self.name) > LONGEST:
            raise InvalidInbox(
                f"{place}: a name has parts of A-Z a-z 0-9 _ . @ = + - with ':' between them, "
                "e.g. 'QUEUE:messages'."
            )
        if self.name.rsplit(":", 1)[-1] in _TAKEN or not _NAME.fullmatch(self.group):
            raise InvalidInbox(
                f"{place}, group {self.group!r}: the last part may be none of "
                f"{', '.join(_TAKEN)}, and the group is named like a part."
            )
        self._check_numbers(place)
        object.__setattr__(self, "codec", EntryCodec(place, self.model))
        for option in (self.order_by, self.once_by):
            if option is not None:
                self.codec.wire_name(option)

    def _check_numbers(self, place: str) -> None:
        if self.attempts < 1 or (self.max_length is not None and self.max_length < 1):
            raise InvalidInbox(
                f"{place}: attempts={self.attempts}, max_length={self.max_length}; use 1 or more."
            )
        for option in ("once_for", "retry_after", "max_age"):
            time: timedelta | None = getattr(self, option)
            if time is not None and time < timedelta(milliseconds=1):
                raise InvalidInbox(f"{place}: {option}={time}; use a millisecond or more.")

    @property
    def order_field(self) -> str:
        """The field of an entry that its order goes by; empty where it has none."""
        return self.codec.wire_name(self.order_by) if self.order_by else ""

    @property
    def once_field(self) -> str:
        """The field of an entry that is handled once; empty where it has none."""
        return self.codec.wire_name(self.once_by) if self.once_by else ""

    @property
    def alarm_at(self) -> int | None:
        """How many messages make an alarm: 80 % of the limit."""
        return None if self.max_length is None else max(1, self.max_length * 4 // 5)


def milliseconds(time: timedelta | None) -> int:
    """Return a time in whole milliseconds; 0 where there is none."""
    return 0 if time is None else time // timedelta(milliseconds=1)

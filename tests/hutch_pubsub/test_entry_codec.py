"""Entries: models as flat text, and back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from hutch_pubsub import InboxSpec, InvalidInbox, InvalidMessage, UnreadableEntry
from hutch_pubsub.entry_codec import EntryCodec


class Color(Enum):
    RED = "red"


class Part(BaseModel):
    name: str


class Everything(BaseModel):
    text: str
    maybe: str | None
    number: int = 0
    ratio: float = 0.0
    flag: bool = False
    amount: Decimal = Decimal(0)
    day: date | None = None
    color: Color = Color.RED
    either: int | str = 0
    parts: list[Part] = []
    table: dict[str, int] = {}


class Chat(BaseModel):
    """The documented entry."""

    message_id: str = Field(alias="messageId")
    contact_id: str = Field(alias="contactId")
    content: str
    timestamp: int
    direction: str
    from_me: bool = Field(alias="fromMe")


CODEC = EntryCodec("here", Everything)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.builds(
        Everything,
        text=ANY_TEXT,
        maybe=st.none() | ANY_TEXT,
        number=st.integers(-(2**63), 2**63),
        ratio=st.floats(allow_nan=False, allow_infinity=False),
        flag=st.booleans(),
        amount=st.decimals(allow_nan=False, allow_infinity=False),
        day=st.none() | st.dates(),
        either=st.integers() | ANY_TEXT,
        parts=st.lists(st.builds(Part, name=ANY_TEXT), max_size=3),
        table=st.dictionaries(ANY_TEXT, st.integers(-(2**63), 2**63), max_size=3),
    )
)
def test_every_value_survives(value: Everything) -> None:
    assert CODEC.decode(CODEC.encode(value)) == value


@pytest.mark.req("SM-08", "SM-11")
def test_an_entry_reads_as_documented() -> None:
    codec = EntryCodec("here", Chat)
    chat = Chat(
        messageId="m1",
        contactId="c1",
        content="true",
        timestamp=1,
        direction="incoming",
        fromMe=True,
    )
    fields = {
        "messageId": "m1",
        "contactId": "c1",
        "content": "true",
        "timestamp": "1",
        "direction": "incoming",
        "fromMe": "true",
    }
    assert codec.encode(chat) == fields
    assert codec.decode(fields) == chat
    for text, flag in (("false", False), ("1", True), ("True", True), ("no", False)):
        assert codec.decode(fields | {"fromMe": text}).from_me is flag


def test_what_does_not_fit_names_the_field_and_no_content() -> None:
    codec = EntryCodec("here", Chat)
    for fields, message in (
        ({}, "messageId: missing"),
        ({"messageId": "1", "contactId": "2", "content": "x", "timestamp": "hidden"}, "timestamp"),
    ):
        with pytest.raises(UnreadableEntry, match=message) as error:
            codec.decode(fields)
        assert "hidden" not in str(error.value)


class Stubborn(BaseModel):
    number: int | None = 5
    inner: str = "a"

    @field_validator("inner")
    @classmethod
    def _twice(cls, text: str) -> str:
        return text * 2


@pytest.mark.parametrize(
    "value", [Stubborn(number=None), Stubborn(inner="b"), Part.model_construct(name=None)]
)
def test_a_value_that_does_not_come_back_is_refused(value: Any) -> None:
    with pytest.raises(InvalidMessage, match="does not come back from text as it was"):
        EntryCodec("here", type(value)).encode(value)


def test_a_model_without_values_is_refused() -> None:
    class Empty(BaseModel):
        maybe: str | None = None

    with pytest.raises(InvalidMessage, match="some field must have a value"):
        EntryCodec("here", Empty).encode(Empty())


def test_times_survive() -> None:
    class Timed(BaseModel):
        at: datetime

    codec = EntryCodec("here", Timed)
    value = Timed(at=datetime(2026, 1, 1, tzinfo=UTC))
    assert codec.encode(value) == {"at": "2026-01-01T00:00:00Z"}
    assert codec.decode({"at": "2026-01-01T00:00:00Z"}) == value


def test_our_own_fields_are_ours() -> None:
    class Sly(BaseModel):
        reason: str = Field(alias="hutch:reason")

    with pytest.raises(InvalidInbox, match="may not begin with 'hutch:'"):
        EntryCodec("here", Sly)


SPECS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "a name has parts"),
    ({"name": "a b"}, "a name has parts"),
    ({"name": "a:*"}, "a name has parts"),
    ({"name": "x" * 201}, "a name has parts"),
    ({"name": "a:dead"}, "none of dead, review, order, seen"),
    ({"group": "a b"}, "group 'a b'"),
    ({"order_by": "nothing"}, "Part has no field 'nothing'; it has name"),
    ({"once_by": "nothing"}, "Part has no field"),
    ({"attempts": 0}, "attempts=0"),
    ({"max_length": 0}, "max_length=0"),
    ({"max_age": timedelta(0)}, "max_age=0:00:00; use a millisecond or more"),
    ({"once_for": timedelta(-1)}, "once_for"),
    ({"retry_after": timedelta(0)}, "retry_after"),
]


@pytest.mark.parametrize(("options", "message"), SPECS)
def test_a_spec_that_cannot_work_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInbox, match=message):
        InboxSpec(**{"name": "a", "model": Part, **options})

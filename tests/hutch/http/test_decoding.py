"""Whatever a value is, what a client writes arrives as it was, or is refused with 422."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from hutch.http import Header, Unprocessable, get
from hutch.http.declare import operations_of
from hutch.http.decode import Decoder
from hutch.http.inputs import inputs_of


class Colour(Enum):
    RED = "red"
    BLUE = "light blue"


class Handlers:
    @get("/{text}/{number}")
    async def read(
        self,
        text: str,
        number: int,
        flag: bool,
        amount: Decimal,
        share: float,
        when: datetime,
        day: date,
        span: timedelta,
        key: UUID,
        colour: Colour,
        words: list[str] = [],  # noqa: B006 - never changed
        numbers: set[int] | None = None,
        x_trace: Annotated[str | None, Header(max_length=20)] = None,
    ) -> None: ...


FUNCTION = Handlers.read
DECODER = Decoder(inputs_of(FUNCTION, operations_of(FUNCTION)[0], "/{text}/{number}"))


def decode(path: dict[str, str], query: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    scope = {"type": "http", "path_params": path, "query_string": query.encode()}
    return DECODER.values(Request({**scope, "headers": headers}))


VALUES = st.fixed_dictionaries(
    {
        "flag": st.booleans(),
        "amount": st.decimals(allow_nan=False, allow_infinity=False),
        "share": st.floats(allow_nan=False),
        "when": st.datetimes(timezones=st.just(UTC)),
        "day": st.dates(),
        "span": st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9999)),
        "key": st.uuids(),
        "colour": st.sampled_from(Colour),
        "words": st.lists(st.text(), max_size=4),
        "numbers": st.sets(st.integers(-(10**30), 10**30), min_size=1, max_size=4),
    }
)


def write(value: object) -> Any:
    match value:
        case list() | set():
            return [write(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case bool():
            return str(value).lower()
        case timedelta():
            return f"P{value.days}DT{value.seconds}.{value.microseconds:06}S"
        case datetime() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case _:
            return str(value)


@given(VALUES, st.text(min_size=1), st.integers())
def test_values_come_through(values: dict[str, Any], text: str, number: int) -> None:
    try:
        query = urlencode({name: write(value) for name, value in values.items()}, doseq=True)
    except UnicodeEncodeError:  # a lone surrogate cannot be sent
        return
    decoded = decode({"text": text, "number": str(number)}, query, [(b"x-trace", b"t")])
    assert decoded == {**values, "text": text, "number": number, "x_trace": "t"}


@given(
    st.text(),
    st.dictionaries(st.sampled_from(["flag", "day", "words", "numbers", "x"]), st.text()),
    st.binary(max_size=200),
    st.binary(max_size=30),
)
def test_anything_else_is_a_422_and_never_an_error(
    number: str, query: dict[str, str], raw: bytes, header: bytes
) -> None:
    pairs = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in query.items())
    text = f"{pairs}&{raw.decode('latin-1')}".encode("ascii", "ignore").decode()
    with pytest.raises(Unprocessable) as caught:  # most are always missing
        decode({"text": "t", "number": number}, text, [(b"x-trace", header)])
    errors = caught.value.extra["errors"]
    assert {"loc", "msg", "type"} == set(errors[0])
    missing = {error["loc"][1] for error in errors if error["type"] == "missing"}
    assert missing.isdisjoint({"number", "text", "words", "numbers", "x-trace"})

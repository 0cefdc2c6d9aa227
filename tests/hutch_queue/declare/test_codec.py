"""Arguments and results as JSON."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from hutch import Inject
from hutch_queue import InvalidArguments, InvalidJob, JobContext, injected
from hutch_queue.declare.codec import Codec


class Colour(Enum):
    RED = "red"


class Line(BaseModel):
    article: str = Field(alias="articleId")
    price: Decimal = Field(ge=0)


@dataclass
class Point:
    x: float
    y: float


class Job:
    async def all(
        self,
        when: datetime,
        day: date,
        span: timedelta,
        uuid: UUID,
        lines: list[Line],
        point: Point,
        colours: dict[str, Colour],
        raw: set[int],
        *,
        copy: bool | None = None,
        context: Inject[JobContext] = injected,
    ) -> dict[UUID, Line]:
        raise NotImplementedError

    async def secret(self, password: SecretStr) -> None: ...
    async def nested_secret(self, logins: list[dict[str, SecretStr]]) -> None: ...
    async def unhinted(self, order) -> None: ...  # type: ignore[no-untyped-def]
    async def starred(self, *orders: int) -> None: ...
    async def foreign(self, client: object, other: Codec) -> None: ...
    async def undefaulted(self, context: Inject[JobContext]) -> None: ...
    async def injecting(self, context: Inject[JobContext] = injected) -> None: ...
    async def line(self, line: Line) -> None: ...


def codec_of(name: str) -> Codec:
    return Codec(f"Job.{name}", getattr(Job, name))


ALL = codec_of("all")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LINES = st.builds(
    Line, articleId=TEXT, price=st.decimals(min_value=0, allow_nan=False, allow_infinity=False)
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ARGUMENTS = st.fixed_dictionaries(
    {
        "when": st.datetimes(timezones=st.just(UTC)),
        "day": st.dates(),
        "span": st.timedeltas(timedelta(-10_000), timedelta(10_000)),
        "uuid": st.uuids(),
        "lines": st.lists(LINES, max_size=3),
        "point": st.builds(Point, FLOATS, FLOATS),
        "colours": st.dictionaries(TEXT, st.just(Colour.RED), max_size=3),
        "raw": st.sets(st.integers(), max_size=3),
    },
    optional={"copy": st.none() | st.booleans()},
)


@given(ARGUMENTS)
def test_arguments_survive_the_trip(arguments: dict[str, Any]) -> None:
    assert ALL.decode(ALL.encode(arguments)) == arguments


@given(st.dictionaries(st.uuids(), LINES, max_size=3))
def test_results_survive_the_trip(result: dict[UUID, Line]) -> None:
    assert ALL.decode_result(json.loads(ALL.encode_result(result))) == result


def test_arguments_are_sorted_by_name_and_defaults_stay_away() -> None:
    codec = codec_of("line")
    line = Line(articleId="a", price=Decimal(1))
    assert codec.bind((line,), {}) == codec.bind((), {"line": line}) == {"line": line}


@pytest.mark.parametrize(
    ("args", "kwargs", "reason"),
    [
        ((), {}, "missing a required argument: 'line'"),
        ((1, 2), {}, "too many positional arguments"),
        ((1,), {"lien": 2}, "got an unexpected keyword argument 'lien'"),
    ],
)
def test_calls_that_cannot_be_are_refused(
    args: tuple[Any, ...], kwargs: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidArguments, match=f"Job.line cannot be called so: {reason}"):
        codec_of("line").bind(args, kwargs)


def test_an_injected_parameter_cannot_be_passed() -> None:
    with pytest.raises(InvalidArguments, match="unexpected keyword argument 'context'"):
        codec_of("injecting").bind((), {"context": 1})


@pytest.mark.parametrize("price", ["much", Decimal(-77)])
def test_a_model_that_was_changed_since_is_checked_again(price: Any) -> None:
    line = Line.model_construct(article="a", price=price)
    with pytest.raises(InvalidArguments, match=r"Job\.line was not enqueued") as refusal:
        codec_of("line").encode({"line": line})
    assert str(price) not in str(refusal.value)


@pytest.mark.req("R24-10")
def test_what_a_newer_producer_adds_is_left_out() -> None:
    stored = b'{"line": {"articleId": "a", "price": "1", "new": 1}, "newer": true}'
    assert codec_of("line").decode(stored) == {"line": Line(articleId="a", price=Decimal(1))}


@pytest.mark.parametrize("stored", [b"{}", b"[]", b"null", b'{"line": 5}', b"{"])
def test_stored_arguments_that_do_not_fit_are_refused(stored: bytes) -> None:
    with pytest.raises(InvalidArguments, match=r"Job\.line: the stored arguments do not fit: "):
        codec_of("line").decode(stored)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("secret", "a parameter holds a secret"),
        ("nested_secret", "a parameter holds a secret"),
        ("unhinted", "the parameter `order` has no type hint; add one"),
        ("starred", r"the parameter `\*orders: int` has no name of its own"),
        ("foreign", "arguments and results travel as JSON, but: "),
        ("undefaulted", r"write `context: Inject\[\.\.\.\] = injected`"),
    ],
)
@pytest.mark.req("X-24")
def test_signatures_that_cannot_travel_are_refused(name: str, reason: str) -> None:
    with pytest.raises(InvalidJob, match=rf"^Job\.{name}: .*{reason}"):
        codec_of(name)

"""Channels, topics and what they are called on the server."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from hutch_pubsub import Channel, InvalidChannel
from hutch_pubsub.history import read_position, show_position
from hutch_pubsub.names import Names, covers
from hutch_redis import Keys


class Posted(BaseModel):
    id: int


NAMES = Names(Keys("app"))
POSTED = Channel("posts:published:{brand}", Posted)
DEEPER = Channel("posts:published:{brand}:{detail}", Posted)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("", "the part ''"),
        ("posts::x", "the part ''"),
        ("posts:*", r"the part '\*'"),
        ("posts:{brand}x", "neither plain text"),
        ("posts:{a b}", "a name in braces"),
        ("{brand}:posts", "begin with plain text"),
        ("posts:{a}:{a}", "use each name once"),
    ],
)
def test_a_template_that_cannot_work_is_refused(template: str, message: str) -> None:
    with pytest.raises(InvalidChannel, match=message):
        Channel(template, Posted)


def test_a_history_that_makes_no_sense_is_refused() -> None:
    options: list[dict[str, Any]] = [{"history": -1}, {"history_for": timedelta(0)}]
    for option in options:
        with pytest.raises(InvalidChannel, match="keep 0 events or more"):
            Channel("posts", Posted, **option)


def test_a_scope_must_fit_its_channel() -> None:
    with pytest.raises(InvalidChannel, match=r"of\(\) needs brand; all\(\) leaves parts open"):
        POSTED.of()
    with pytest.raises(InvalidChannel, match="no user; its scope has brand"):
        POSTED.of(brand=1, user=2)
    with pytest.raises(InvalidChannel, match="no brand; its scope has no parts"):
        Channel("system:maintenance", Posted).all(brand=1)
    with pytest.raises(InvalidChannel, match="brand must not be empty"):
        POSTED.of(brand="")
    for wrong in (None, True):
        with pytest.raises(InvalidChannel, match=f"brand={wrong}; a part of a scope is a str"):
            POSTED.of(brand=wrong)  # type: ignore[arg-type]


def test_topics_are_values() -> None:
    assert POSTED.of(brand=7) == POSTED.of(brand="7")
    assert len({POSTED.of(brand=7), POSTED.of(brand="7"), POSTED.all()}) == 2
    assert POSTED.kind == DEEPER.kind == "posts:published"


def test_names_are_literal() -> None:
    assert NAMES.name(POSTED.of(brand=7)) == "app:posts:published:7"
    assert NAMES.name(POSTED.of(brand="a*:[b]")) == "app:posts:published:a%2A%3A%5Bb%5D"
    assert NAMES.name(POSTED.all()) == "app:posts:published:*"
    assert NAMES.name(DEEPER.all(detail="x")) == "app:posts:published:*:x"
    assert NAMES.history(POSTED.of(brand=7)) == "app:history:posts:published:7"


def test_a_pattern_covers_names_with_as_many_parts() -> None:
    assert covers("app:posts:*", "app:posts:1")
    assert not covers("app:posts:*", "app:posts:1:2")


@given(TEXT, TEXT)
def test_a_scope_survives_its_name(brand: str, detail: str) -> None:
    name = NAMES.name(DEEPER.of(brand=brand, detail=detail))
    assert NAMES.scope(DEEPER.all(), name) == {"brand": brand, "detail": detail}


@given(TEXT, TEXT)
def test_different_scopes_have_different_names(one: str, other: str) -> None:
    names = NAMES.name(POSTED.of(brand=one)), NAMES.name(POSTED.of(brand=other))
    assert (names[0] == names[1]) == (one == other)


@given(st.tuples(st.integers(0, 10**15 - 1), st.integers(0, 10**18 - 1)))
def test_a_position_survives_its_text(position: tuple[int, int]) -> None:
    assert read_position(show_position(position)) == position


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "1-2-3", "١-٢", "1" * 30 + "-1", " 1-1"])
def test_what_is_no_position(text: str) -> None:
    assert read_position(text) is None

"""Hashes for keys."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from hutch_cache import InvalidValue, hash_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class Colour(Enum):
    RED = "red"


@dataclass
class Shoe:
    size: int
    colours: set[str]


class Query(BaseModel):
    text: str
    shoe: Any = None


ANOTHER = """
import sys
sys.path[:0] = sys.argv[1].split(":")
from hutch_cache import hash_of
print(hash_of({"b": {"x", "y", "z"}, "a": [1, "ä", None, 2.5]}))
"""


@pytest.mark.req("FD-08")
def test_it_is_the_same_in_other_processes_and_runs() -> None:
    here = hash_of({"a": [1, "ä", None, 2.5], "b": {"z", "y", "x"}})
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER, ":".join(sys.path)],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here


@pytest.mark.req("FD-08")
def test_it_stays_the_same_in_later_versions() -> None:
    assert hash_of("summer dress") == (
        "191fd25d03b8392bea12918c433b80389a1429e63daccac532e97ffd9cb0accb"
    )


@settings(deadline=None, max_examples=50)
@given(JSON, JSON)
def test_different_values_have_different_hashes(one: Any, other: Any) -> None:
    assert (hash_of(one) == hash_of(other)) == (exactly(one) == exactly(other))


def exactly(value: Any) -> str:
    """Write a value so that 1, 1.0 and True differ, and the order of a dictionary does not."""
    return json.dumps(value, sort_keys=True)


def test_types_tell_values_apart() -> None:
    values: list[Any] = [
        1, "1", 1.0, True, None, [], {}, set(), "", [1], {1}, {"1": 1}, {1: 1}, b"1",
        {"set": ["1"]}, {"dict": []}, {"bytes": "31"}, Decimal(1), date(2030, 1, 1),
        datetime(2030, 1, 1, tzinfo=UTC), "2030-01-01", timedelta(1), UUID(int=1), Colour.RED,
        "red", Shoe(1, {"red"}), {"size": 1, "colours": {"red"}}, Query(text="a"), {"text": "a"},
        Query(text="a", shoe=Shoe(1, set())),
    ]  # fmt: skip
    for one, other in combinations(values, 2):
        assert hash_of(one) != hash_of(other), (one, other)


def test_order_does_not_matter_where_there_is_none() -> None:
    assert hash_of({"a": 1, "b": 2}) == hash_of({"b": 2, "a": 1})
    assert hash_of({1, 2, 3}) == hash_of(frozenset((3, 2, 1)))
    assert hash_of((1, 2)) == hash_of([1, 2])
    assert hash_of([1, 2]) != hash_of([2, 1])


@pytest.mark.parametrize("value", [object(), [lambda: 1], {"a": Shoe}])
def test_what_has_no_stable_text_is_refused(value: Any) -> None:
    with pytest.raises(InvalidValue, match=r"has no text that is the same in every process; pass"):
        hash_of(value)

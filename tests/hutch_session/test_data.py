"""Merging the changes of two writers."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutch_session import InvalidSession, SessionConflict
from hutch_session.data import copied, decode, encode, merge

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=2) | st.floats(-1, 1)
NAMES = st.sampled_from("abc")
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
DATA = st.dictionaries(NAMES, VALUES, max_size=3)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@settings(max_examples=50)
@given(st.dictionaries(TEXT, st.recursive(LEAVES, lambda v: st.lists(v), max_leaves=5)))
def test_data_comes_back_as_it_was(data: Any) -> None:
    assert decode(encode(data)) == data


@settings(max_examples=50)
@given(DATA, DATA)
def test_a_lone_writer_wins(base: Any, mine: Any) -> None:
    assert encode_sorted(merge(base, mine, base)) == encode_sorted(mine)
    assert encode_sorted(merge(base, base, mine)) == encode_sorted(mine)


@settings(max_examples=50)
@given(DATA, DATA)
def test_equal_changes_are_one(base: Any, mine: Any) -> None:
    assert encode_sorted(merge(base, mine, mine)) == encode_sorted(mine)


@settings(max_examples=50)
@given(DATA, DATA, DATA)
def test_who_is_first_makes_no_difference(base: Any, mine: Any, theirs: Any) -> None:
    assert outcome(base, mine, theirs) == outcome(base, theirs, mine)


@settings(max_examples=50)
@given(DATA, DATA, DATA)
def test_no_change_is_lost(base: Any, mine: Any, theirs: Any) -> None:
    try:
        merged = merge(base, mine, theirs)
    except SessionConflict:
        return
    changes = {**leaves(mine, base), **leaves(theirs, base)}
    found = leaves(merged, {})
    assert {path: found.get(path) for path in changes} == changes


@pytest.mark.parametrize("other", [True, 1.0, "1", None, [1], {"x": 1}])
def test_one_is_not_true(other: Any) -> None:
    assert merge({"a": 1}, {"a": other}, {"a": 1, "b": 2}) == {"a": other, "b": 2}
    assert isinstance(merge({"a": 1}, {"a": other}, {"a": 1})["a"], type(other))


def test_a_change_below_a_removal_is_a_conflict() -> None:
    with pytest.raises(SessionConflict, match="'a': another request"):
        merge({"a": {"x": 1}}, {"a": {"x": 2}}, {})


def test_the_first_names_of_many_are_shown() -> None:
    mine, theirs = ({str(n): value for n in range(9)} for value in (1, 2))
    with pytest.raises(SessionConflict, match="'0', '1', '2', '3', '4': another"):
        merge({}, mine, theirs)


def test_what_is_deep_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidSession, match=r"'deep' \(list\): it is no JSON"):
        encode({"fine": 1, "deep": deep})


def test_two_hundred_levels_can_be_read_again() -> None:
    deep: Any = 1
    for _ in range(199):
        deep = [deep]
    assert copied({"deep": deep}) == {"deep": deep}
    with pytest.raises(InvalidSession, match="at most 200 levels"):
        copied({"deep": [deep]})


def encode_sorted(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def outcome(*parts: Any) -> str | None:
    try:
        return encode_sorted(merge(*parts))
    except SessionConflict:
        return None


def leaves(data: Any, base: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """List the values, by path, that are not the base's."""
    known = base if isinstance(base, dict) else {}
    found: dict[tuple[str, ...], str] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= leaves(value, known.get(name), (*path, name))
        elif name not in known or repr(known[name]) != repr(value):
            found[*path, name] = repr(value)
    return found

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch_redis import InvalidKey, Keys, Tag

PARTS = st.lists(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8), min_size=1
)
short = PARTS.filter(lambda parts: sum(len(part) for part in parts) * 12 + len(parts) < 400)


@pytest.mark.req("XB-01")
@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("stg:", "stg:user:7"), ("prod", "prod:user:7"), ("app:", "app:user:7")],
)
def test_prefix_and_parts_are_joined_by_colons(prefix: str, expected: str) -> None:
    assert Keys(prefix).key("user", 7) == expected


@pytest.mark.req("XB-04")
@given(short, short)
def test_different_parts_give_different_keys(left: list[str], right: list[str]) -> None:
    keys = Keys("app")
    assert (keys.key(*left) == keys.key(*right)) == (left == right)


@pytest.mark.req("XB-04")
@given(short)
def test_no_part_splits_or_matches(parts: list[str]) -> None:
    segments = Keys("app").key(*parts).split(":")
    assert len(segments) == len(parts) + 1
    assert not set("".join(segments)) & set("*?[]{}\\ /~")


@pytest.mark.req("XB-03")
@given(short, short)
def test_no_app_has_keys_inside_anothers(left: list[str], right: list[str]) -> None:
    assert Keys("stg").key(*left) != Keys("prod").key(*right)


@pytest.mark.req("XB-04")
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("a:b", "app:a%3Ab"),
        ("*", "app:%2A"),
        ("{x}", "app:%7Bx%7D"),
        ("a b", "app:a%20b"),
        ("~/%", "app:%7E%2F%25"),
        ("é", "app:%C3%A9"),
        ("a@b.c+d=e-f_g", "app:a@b.c+d=e-f_g"),
        (Tag("a:b"), "app:{a%3Ab}"),
    ],
)
def test_only_plain_characters_stay(part: str | Tag, expected: str) -> None:
    assert Keys("app").key(part) == expected


@pytest.mark.req("XB-04")
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((), "no part given"),
        (("a", ""), "must not be empty"),
        ((Tag(""),), "must not be empty"),
        (("a\n",), "control characters"),
        (("\x7f",), "control characters"),
        (("\x85",), "control characters"),
        (("\ud800",), "lone surrogates"),
        (("x" * 509,), "513 bytes, at most 512"),
    ],
)
def test_refuses(parts: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidKey, match=message):
        Keys("app").key(*parts)


def test_longest_key_is_512_bytes() -> None:
    assert len(Keys("app").key("x" * 508)) == 512


@pytest.mark.parametrize("prefix", ["", ":", "a:b", "a:b:", "a*", "a b", "prod::"])
def test_refuses_a_prefix_that_could_match_or_nest(prefix: str) -> None:
    with pytest.raises(InvalidKey, match="at most one ':' at the end"):
        Keys(prefix)

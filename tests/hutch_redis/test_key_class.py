"""How long keys of a kind may live."""

import pytest

from hutch_redis import InvalidKey, KeyClass


@pytest.mark.req("XB-43")
@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("health", "health", True),
        ("health", "health:check", False),
        ("cache:*", "cache:a", True),
        ("cache:*", "cache:a:b:c", True),
        ("cache:*", "cache", False),
        ("cache:*", "caches:a", False),
        ("cache:*:valid", "cache:a:valid", True),
        ("cache:*:valid", "cache:a:b:valid", False),
        ("*", "a:b", True),
    ],
)
def test_a_pattern_matches_parts(pattern: str, name: str, matches: bool) -> None:
    assert KeyClass(pattern, "short").matches(name) == matches


@pytest.mark.req("XB-43")
def test_a_time_to_live_is_held_against_the_class() -> None:
    assert KeyClass("a", "short").fault(3600) is None
    assert KeyClass("a", "short").fault(-1) == "has no TTL, but its class is short"
    assert KeyClass("a", "short").fault(3601) == (
        "ends in 3601 s, but its class short is 3600 s at most"
    )
    assert KeyClass("a", "medium").fault(86_400) is None
    assert KeyClass("a", "long").fault(86_401) is None
    assert KeyClass("a", "none").fault(-1) is None
    assert KeyClass("a", "none").fault(5) == "ends in 5 s, but its class is none"


def test_a_pattern_with_an_empty_part_is_refused() -> None:
    with pytest.raises(InvalidKey, match=r"pattern 'a::b': a part of a key must not be empty"):
        KeyClass("a::b", "short")

"""How values stand in the cache."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hutch_cache.shape import Shape

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
VERSIONS = st.lists(st.integers(0, 2**62), max_size=3)
UNTIL = st.none() | st.floats(0, 1e10)
quick = settings(deadline=None, max_examples=50)


@quick
@given(VALUES)
def test_a_plain_value_is_its_json(value: Any) -> None:
    shape: Shape[Any] = Shape(Any, wrapped=False)
    data = shape.encode(value, None, ())
    assert json.loads(data) == value
    found = shape.decode(data, (), 0)
    assert found
    assert (found.value, found.fresh) == (value, True)


@quick
@given(VALUES, VERSIONS, UNTIL, st.floats(0, 1e10))
def test_a_wrapped_one_has_its_time_and_versions(
    value: Any, versions: list[int], until: float | None, now: float
) -> None:
    shape: Shape[Any] = Shape(Any, wrapped=True)
    data = shape.encode(value, until, versions)
    written = json.loads(data)
    assert (written[0], written[2]) == (value, versions)
    found = shape.decode(data, versions, now)
    assert found
    assert found.value == value
    assert found.fresh == (written[1] is None or now < written[1])
    assert shape.decode(data, [*versions, 1], now) is None
    if versions:
        assert shape.decode(data, [None, *versions[1:]], now) is None
        assert shape.decode(data, [versions[0] + 1, *versions[1:]], now) is None


@quick
@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_a_miss(data: bytes) -> None:
    for wrapped in (True, False):
        found = Shape(list[tuple[int, int, int, int]], wrapped=wrapped).decode(data, (), 0)
        assert found is None or found.value == []

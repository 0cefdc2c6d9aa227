import pytest

from hutch.masking import mask, mask_item


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (True, "True"),
        (1.5, "float"),
        (17, "int"),
        ("secret", "str(6)"),
        ([1, 2], "list(2)"),
        ({"a": 1}, "dict(1)"),
    ],
)
def test_a_value_is_told_by_type_and_length(value: object, shown: str) -> None:
    assert mask(value) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("post_id", 17, "17"),
        ("id", "0b9d3b6e-1111-4222-8333-944455556666", "0b9d3b6e-1111-4222-8333-944455556666"),
        ("email_id", "ada@example.org", "str(15)"),
        ("phone", 491701234567, "int"),
        ("paid", 5, "int"),
    ],
)
def test_only_ids_are_shown(name: str, value: object, shown: str) -> None:
    assert mask_item(name, value) == shown

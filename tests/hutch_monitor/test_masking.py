import pytest

from hutch_monitor.masking import arguments_of, mask_arguments, show


@pytest.mark.req("X-24")
def test_arguments_are_told_by_name_and_kind() -> None:
    shown = mask_arguments(
        {
            "post_id": 17,
            "id": "0b9d3b6e-1111-4222-8333-944455556666",
            "email_id": "ada@example.org",
            "text": "Dear Ada",
            "phone": 491701234567,
            "tags": ["a", "b"],
            "order": {"email": "ada@example.org"},
            "copy": True,
            "until": None,
        }
    )
    assert shown == (
        "post_id=17, id=0b9d3b6e-1111-4222-8333-944455556666, email_id=str(15), text=str(8), "
        "phone=int, tags=list(2), order=dict(1), copy=True, until=None"
    )


def test_what_is_shown_has_a_limit() -> None:
    assert show({"a": 1}) == "{'a': 1}"
    assert len(show("x" * 10_000)) < 2_100


def test_records_of_others_are_described_too() -> None:
    assert arguments_of({"data": {"a": 1}}) == {"a": 1}
    assert arguments_of({"data": 5}) == {"data": 5}
    assert arguments_of(None) == {}

"""What users, roles and tokens may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch_auth import InvalidUser
from hutch_auth.api_token import is_token_id, new_token, parse_token
from hutch_auth.names import MOST_NAME, check_label, check_name, find_name
from hutch_auth.roles import check_roles


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("a" * 10_240, "has 10240 characters"),
        ("ada\nroot", r"has '\\n'"),
        ("💥", r"has '\\U0001f4a5'"),
        ("ada lovelace", "has ' '"),
        ("@ada", "begins with '@'"),
    ],
)
def test_what_is_wrong_with_a_name_is_told_without_it(name: str, fault: str) -> None:
    with pytest.raises(InvalidUser, match=f"^the user's name {fault}: write 1 to 100 of") as raised:
        check_name(name)
    assert "lovelace" not in str(raised.value)
    assert len(str(raised.value)) < 200


@given(st.text(max_size=MOST_NAME + 5))
def test_a_name_is_written_in_one_way(name: str) -> None:
    found = find_name(name)
    if found is None:
        with pytest.raises(InvalidUser):
            check_name(name)
    else:
        assert check_name(name) == found == find_name(found) == find_name(found.upper())
        assert found.isascii()
        assert 0 < len(found) <= MOST_NAME


def test_one_role_is_not_taken_for_its_letters() -> None:
    with pytest.raises(InvalidUser, match=r"roles 'viewer': give several, as in \['viewer'\]"):
        check_roles("viewer")


@pytest.mark.parametrize("label", ["", " ", "a\nb", "x" * 101])
def test_a_label_that_says_nothing_is_refused(label: str) -> None:
    with pytest.raises(InvalidUser, match="say what the token is for"):
        check_label(label)


@given(st.text())
def test_what_is_no_token_is_told_apart(text: str) -> None:
    parsed = parse_token(text)
    assert parsed is None or parsed.text == text


def test_a_token_is_read_as_it_was_written() -> None:
    token = new_token()
    assert parse_token(token.text) == token
    assert is_token_id(token.id)
    assert token != new_token()
    assert len(token.digest) == 32
    assert token.secret not in repr(token)

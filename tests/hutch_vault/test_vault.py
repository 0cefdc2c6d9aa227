"""Tokens: what is encrypted comes back, and nothing else does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch_vault import (
    InvalidKeys,
    InvalidPurpose,
    InvalidToken,
    Key,
    RetiredKey,
    Tampered,
    Truncated,
    UnknownVersion,
    Vault,
    VaultError,
)

OLD, NEW = Key.generate("2026-01"), Key.generate("2026-11")
VAULT = Vault([NEW, OLD])
ANY = st.text(st.characters(exclude_categories=[]), max_size=30)
PURPOSES = ANY.filter(bool)
SECRET = b"swordfish"


@given(st.binary(max_size=300), PURPOSES)
def test_bytes_come_back(data: bytes, purpose: str) -> None:
    token = VAULT.encrypt(data, purpose=purpose)
    assert VAULT.decrypt(token, purpose=purpose) == data
    assert len(token) == 2 + 7 + 12 + len(data) + 16


@given(ANY, PURPOSES)
def test_text_comes_back(text: str, purpose: str) -> None:
    token = VAULT.encrypt_text(text, purpose=purpose)
    assert VAULT.decrypt_text(token, purpose=purpose) == text
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_token_is_version_key_nonce_and_ciphertext() -> None:
    token = VAULT.encrypt(SECRET, purpose="p")
    assert token.startswith(b"\x01\x072026-11")
    assert SECRET not in token
    assert VAULT.encrypt(SECRET, purpose="p") != token


@pytest.mark.req("SM-02")
@given(st.data())
def test_a_flipped_bit_is_noticed(data: st.DataObject) -> None:
    token = bytearray(VAULT.encrypt(SECRET, purpose="p"))
    bit = data.draw(st.integers(0, len(token) * 8 - 1))
    token[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidToken) as raised:
        VAULT.decrypt(bytes(token), purpose="p")
    assert "swordfish" not in str(raised.value)


@given(st.data())
def test_a_flipped_character_is_noticed(data: st.DataObject) -> None:
    token = VAULT.encrypt_text("swordfish", purpose="p")
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda char: char != token[place]))
    with pytest.raises(InvalidToken):
        VAULT.decrypt_text(token[:place] + other + token[place + 1 :], purpose="p")


@given(st.data())
def test_a_cut_token_is_noticed(data: st.DataObject) -> None:
    token = VAULT.encrypt(SECRET, purpose="p")
    length = data.draw(st.integers(0, len(token) - 1))
    with pytest.raises(Truncated if length < 2 + 7 + 12 + 16 else Tampered):
        VAULT.decrypt(token[:length], purpose="p")


@given(st.binary(max_size=100), st.text(max_size=100))
def test_anything_else_is_no_token(data: bytes, text: str) -> None:
    with pytest.raises(InvalidToken):
        VAULT.decrypt(data, purpose="p")
    with pytest.raises(InvalidToken):
        VAULT.decrypt_text(text, purpose="p")


def test_each_reason_has_its_words() -> None:
    token = VAULT.encrypt(SECRET, purpose="p")
    retired = Vault([OLD]).encrypt(SECRET, purpose="p")
    for error, given_, said in (
        (Truncated, token[:20], "a token of 20 bytes is too short: it was cut off"),
        (Truncated, b"", "a token of 0 bytes is too short"),
        (UnknownVersion, b"\x02" + token[1:], "a token of version 2 cannot be read"),
        (
            RetiredKey,
            retired,
            "a token was encrypted with the vault key '2026-01', which is not among the keys "
            "(2026-11). Add that key at the end of HUTCH_VAULT__KEYS to read it.",
        ),
        (Tampered, token[:-1] + bytes((token[-1] ^ 1,)), "a token of the vault key '2026-11' is"),
    ):
        with pytest.raises(error) as raised:
            Vault([NEW]).decrypt(given_, purpose="p")
        assert str(raised.value).startswith(said)
        assert raised.value.__cause__ is None


@pytest.mark.req("SM-02")
def test_a_token_is_for_one_purpose() -> None:
    token = VAULT.encrypt(SECRET, purpose="users.phone 17")
    with pytest.raises(Tampered, match="encrypted for another purpose"):
        VAULT.decrypt(token, purpose="users.phone 18")


def test_a_purpose_cannot_be_moved_into_the_key_id() -> None:
    shorter, longer = Key("a", NEW.secret), Key("ab", NEW.secret)
    token = Vault([shorter]).encrypt(SECRET, purpose="bc")
    moved = b"\x01\x02ab" + token[3:]
    with pytest.raises(Tampered):
        Vault([longer]).decrypt(moved, purpose="c")


def test_another_key_of_the_same_id_reads_nothing() -> None:
    token = VAULT.encrypt(SECRET, purpose="p")
    with pytest.raises(Tampered, match="another key had that id"):
        Vault([Key.generate("2026-11")]).decrypt(token, purpose="p")


@pytest.mark.parametrize("purpose", ["", None, b"p"])
def test_a_purpose_is_needed(purpose: str) -> None:
    with pytest.raises(InvalidPurpose, match="a purpose is needed"):
        VAULT.encrypt(SECRET, purpose=purpose)
    with pytest.raises(InvalidPurpose):
        VAULT.decrypt(VAULT.encrypt(SECRET, purpose="p"), purpose=purpose)


def test_bytes_are_no_text() -> None:
    token = VAULT.encrypt(b"\xffswordfish", purpose="p")
    text = base64.urlsafe_b64encode(token).rstrip(b"=").decode()
    with pytest.raises(InvalidToken, match="bytes that are no text") as raised:
        VAULT.decrypt_text(text, purpose="p")
    assert raised.value.__cause__ is None


@pytest.mark.req("SM-02")
def test_keys_are_changed_without_a_stop() -> None:
    before = Vault([OLD]).encrypt(SECRET, purpose="p")
    during = VAULT.reencrypt(before, purpose="p")
    assert VAULT.decrypt(before, purpose="p") == SECRET
    assert Vault([NEW]).decrypt(during, purpose="p") == SECRET
    assert VAULT.reencrypt(during, purpose="p") is during
    with pytest.raises(RetiredKey):
        Vault([NEW]).reencrypt(before, purpose="p")


@pytest.mark.req("SM-02")
def test_text_is_encrypted_anew_too() -> None:
    before = Vault([OLD]).encrypt_text("swordfish", purpose="p")
    during = VAULT.reencrypt_text(before, purpose="p")
    assert Vault([NEW]).decrypt_text(during, purpose="p") == "swordfish"
    assert VAULT.reencrypt_text(during, purpose="p") == during
    with pytest.raises(Tampered):
        VAULT.reencrypt_text(before, purpose="other")


def test_no_secret_is_in_a_repr() -> None:
    assert repr(VAULT) == "Vault(2026-11, 2026-01)"
    assert repr(NEW) == "Key(id='2026-11')"


def test_a_vault_needs_keys_with_ids_of_their_own() -> None:
    with pytest.raises(InvalidKeys, match="at least one key"):
        Vault([])
    with pytest.raises(InvalidKeys, match="two vault keys have the id '2026-11'"):
        Vault([NEW, OLD, Key.generate("2026-11")])


def test_every_error_is_a_vault_error() -> None:
    for error in (InvalidKeys, InvalidPurpose, RetiredKey, Tampered, Truncated, UnknownVersion):
        assert issubclass(error, VaultError)
        assert error.code != VaultError.code

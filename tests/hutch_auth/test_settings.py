import pytest

from hutch.errors import SettingsError
from hutch.settings import load
from hutch_auth import AuthSettings


def test_a_short_token_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_AUTH__OPERATOR_TOKEN", "short-secret")
    with pytest.raises(SettingsError) as raised:
        load(AuthSettings)
    assert "HUTCH_AUTH__OPERATOR_TOKEN=***" in str(raised.value)
    assert "at least 16" in str(raised.value)
    assert "short-secret" not in str(raised.value)


def test_viewers_and_operators_have_different_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPERATOR", "VIEWER"):
        monkeypatch.setenv(f"HUTCH_AUTH__{name}_TOKEN", "one-token-for-all-of-us")
    with pytest.raises(SettingsError, match="set two different ones") as raised:
        load(AuthSettings)
    assert "one-token-for-all-of-us" not in str(raised.value)


def test_tokens_are_not_shown() -> None:
    settings = AuthSettings.model_validate({"operator_token": "never-show-this-one"})
    assert "never-show-this-one" not in repr(settings)


def test_a_login_does_not_last_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_AUTH__LIFETIME", "inf")
    with pytest.raises(SettingsError, match=r"HUTCH_AUTH__LIFETIME='inf'.*: .*finite number"):
        load(AuthSettings)


@pytest.mark.parametrize(
    ("name", "value"), [("MEMORY", "1MiB"), ("MEMORY", "1TiB"), ("ROUNDS", "0"), ("LANES", "0")]
)
def test_hashes_are_not_made_too_cheap(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HUTCH_AUTH__HASH_{name}", value)
    with pytest.raises(SettingsError, match=f"HUTCH_AUTH__HASH_{name}"):
        load(AuthSettings)

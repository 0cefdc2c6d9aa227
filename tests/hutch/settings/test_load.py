from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, SecretStr
from tests.hutch.settings.stores import NeedySettings, StoreSettings, refusal

from hutch.settings import Also, Settings


def test_every_wrong_setting_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("HUTCH_TEST_STORE__TTL=0\n")
    environment.setenv("HUTCH_TEST_STORE__RETRY__ATTEMPTS", "many")
    environment.setenv("HUTCH_TEST_STORE__MODE", "odd")
    assert refusal(StoreSettings).splitlines() == [
        "3 settings are wrong:",
        "  HUTCH_TEST_STORE__TTL='0' (in .env): input should be greater than or equal to 1. "
        "Correct it, or remove it for the default 60.",
        "  HUTCH_TEST_STORE__MODE='odd' (in the environment): input should be 'fast' or 'slow'. "
        "Correct it, or remove it.",
        "  HUTCH_TEST_STORE__RETRY__ATTEMPTS='many' (in the environment): input should be a valid "
        "integer, unable to parse string as an integer. "
        "Correct it, or remove it for the default 3.",
    ]


def test_missing_settings_are_named() -> None:
    assert refusal(NeedySettings).splitlines() == [
        "2 settings are wrong:",
        "  HUTCH_TEST_NEEDY__NAME is missing; set it in the environment or in .env.",
        "  HUTCH_TEST_NEEDY__KEY is missing; set it in the environment or in .env.",
    ]


def test_a_secret_value_is_masked(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_TEST_NEEDY__NAME", "n")
    environment.setenv("HUTCH_TEST_NEEDY__KEY", "hushhsh")
    assert refusal(NeedySettings) == (
        "1 setting is wrong:\n  HUTCH_TEST_NEEDY__KEY=*** (in the environment): "
        "*** has fewer than 8 characters. Correct it, or remove it."
    )


def test_credentials_in_a_url_are_masked(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_TEST_STORE__TTL", "redis://:hush@host")
    assert "HUTCH_TEST_STORE__TTL='redis://***@host'" in refusal(StoreSettings)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("LIMITS", "{x", "HUTCH_TEST_STORE__LIMITS='{x' (in the environment): input should be a "),
        ("LIMITS", '{"a": "x"}', 'HUTCH_TEST_STORE__LIMITS=\'{"a": "x"}\' (in the environment)'),
        ("LIMITS__A", "x", "HUTCH_TEST_STORE__LIMITS__A='x' (in the environment): input should"),
        (
            "RETRY",
            '{"attempts": "x"}',
            "HUTCH_TEST_STORE__RETRY__ATTEMPTS=*** "
            "(HUTCH_TEST_STORE__RETRY in the environment): input",
        ),
        ("RETRY__TRIES", "2", "HUTCH_TEST_STORE__RETRY__TRIES is not a setting; remove it."),
        ("RETRY", '{"tries": 2}', "HUTCH_TEST_STORE__RETRY__TRIES is not a setting; remove it."),
        ("KEYS", "{hush", "HUTCH_TEST_STORE__KEYS=*** (in the environment): input should be a"),
    ],
)
def test_values_with_an_inside(
    environment: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    environment.setenv(f"HUTCH_TEST_STORE__{name}", value)
    assert expected in refusal(StoreSettings)


class Account(BaseModel):
    number: int = 1
    password: SecretStr = SecretStr("hush-default")
    token: str = "hush-too"


class AccountSettings(Settings, section="test_account"):
    one: Account = Account()
    perhaps: Account | None = None
    many: list[Account] = []
    named: dict[str, Account] = {}


WRONG = '{"number": "x", "password": "hush", "token": "hush"}'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONE", WRONG),
        ("ONE", WRONG[:-1]),
        ("PERHAPS", WRONG),
        ("MANY", f"[{WRONG}]"),
        ("NAMED", f'{{"a": {WRONG}}}'),
        ("NAMED__A", WRONG),
    ],
)
def test_secrets_inside_of_a_value_are_masked(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(f"HUTCH_TEST_ACCOUNT__{name}", value)
    text = refusal(AccountSettings)
    assert f"HUTCH_TEST_ACCOUNT__{name}" in text
    assert "hush" not in text


def test_beside_a_secret_other_values_are_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_TEST_ACCOUNT__ONE__NUMBER", "x")
    assert "HUTCH_TEST_ACCOUNT__ONE__NUMBER='x' (in the envi" in refusal(AccountSettings)


def test_a_repr_shows_no_secret_of_a_nested_model() -> None:
    assert "hush" not in repr(AccountSettings(many=[Account()], named={"a": Account()}))


def test_a_further_name_is_named_as_the_place(environment: pytest.MonkeyPatch) -> None:
    class AliasSettings(Settings, section="test_alias"):
        port: Annotated[int, Also("ALIAS_PORT")] = 1

    environment.setenv("ALIAS_PORT", "x")
    assert "HUTCH_TEST_ALIAS__PORT='x' (ALIAS_PORT in the environment): " in refusal(AliasSettings)

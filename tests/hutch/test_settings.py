import contextlib
import os
import string
from pathlib import Path
from typing import Annotated, Literal
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from structlog.testing import capture_logs

from hutch.errors import InvalidDeclaration, SettingsError
from hutch.roles import Role
from hutch.settings import (
    Also,
    CoreSettings,
    HttpSettings,
    LogSettings,
    Profile,
    Settings,
    check_environment,
    env_example,
    load,
)
from hutch.settings.variables import variables_of


class Retry(BaseModel):
    """Nested, and strict about its names."""

    model_config = {"extra": "forbid"}

    attempts: int = 3
    """How many runs in all."""
    password: SecretStr = SecretStr("nested-secret")


class StoreSettings(Settings, section="test_store"):
    """Where things are kept.

    More about it.
    """

    ttl: int = Field(default=60, ge=1)
    """Seconds that an entry lives.
    Longer is cheaper."""
    url: Annotated[str, Also("STORE_URL", "OLD_STORE_URL")] = "store://me:default-pw@host/0"
    token: SecretStr = SecretStr("default-secret")
    keys: tuple[SecretStr, ...] = ()
    password: str | None = None
    tags: tuple[str, ...] = ("a", "b")
    limits: dict[str, int] = {}
    mode: Literal["fast", "slow"] | None = None
    retry: Retry = Retry()


class NeedySettings(Settings, section="test_needy"):
    name: str
    key: SecretStr
    port: int = 1

    @field_validator("key")
    @classmethod
    def _is_long(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value()) < 8:
            raise ValueError(f"{key.get_secret_value()} has fewer than 8 characters.")
        return key


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("HUTCH_", "STORE_", "OLD_STORE_")):
            monkeypatch.delenv(name)
    return monkeypatch


def refusal(cls: type[Settings]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(cls)
    return str(caught.value)


# Reading


def test_defaults() -> None:
    settings = load(StoreSettings)
    assert settings.ttl == 60
    assert settings.retry.attempts == 3


def test_names_carry_the_section_and_nested_fields(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_TEST_STORE__TTL", "5")
    environment.setenv("HUTCH_TEST_STORE__RETRY__ATTEMPTS", "7")
    environment.setenv("HUTCH_TEST_STORE__LIMITS__mails".upper(), "9")
    settings = load(StoreSettings)
    assert (settings.ttl, settings.retry.attempts, settings.limits) == (5, 7, {"mails": 9})


@pytest.mark.parametrize("text", ["x,y", ' ["x", "y"]', "x, y,"])
def test_lists_are_json_or_separated_by_commas(environment: pytest.MonkeyPatch, text: str) -> None:
    environment.setenv("HUTCH_TEST_STORE__TAGS", text)
    assert load(StoreSettings).tags == ("x", "y")


def test_the_environment_wins_over_the_file(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("HUTCH_TEST_STORE__TTL=5\nHUTCH_TEST_STORE__MODE=slow\nFOREIGN=x\n")
    environment.setenv("HUTCH_TEST_STORE__TTL", "6")
    settings = load(StoreSettings)
    assert (settings.ttl, settings.mode) == (6, "slow")


def test_an_empty_value_counts_as_not_set(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_TEST_STORE__TTL", "")
    Path(".env").write_text("HUTCH_TEST_STORE__MODE=\nHUTCH_TEST_STORE__TAGS\n")
    assert load(StoreSettings) == StoreSettings()


@pytest.mark.parametrize("name", ["HUTCH_TEST_STORE__URL", "STORE_URL", "OLD_STORE_URL"])
def test_further_names_are_honoured(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "store://other")
    assert load(StoreSettings).url == "store://other"


def test_further_names_in_the_file(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("STORE_URL=store://other\n")
    environment.setenv("HUTCH_TEST_STORE__URL", "store://other")
    assert load(StoreSettings).url == "store://other"


def test_two_names_with_different_values_are_refused(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("OLD_STORE_URL=store://:hush@b\n")
    environment.setenv("HUTCH_TEST_STORE__URL", "store://:hush@a")
    assert refusal(StoreSettings) == (
        "HUTCH_TEST_STORE__URL (in the environment) and OLD_STORE_URL (in .env) "
        "are one setting but have different values; remove one of them."
    )


def test_core_settings_have_no_section(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_ROLE", "worker")
    environment.setenv("HUTCH_PROFILE", "production")
    core = load(CoreSettings)
    assert (core.role, core.profile) == (Role.WORKER, Profile.PRODUCTION)


def test_http_and_log_settings(environment: pytest.MonkeyPatch) -> None:
    http = load(HttpSettings)
    assert (http.body_limit, http.time_limit, http.trusted_proxies) == (1024 * 1024, 30, ())
    environment.setenv("HUTCH_HTTP__BODY_LIMIT", "10MiB")
    environment.setenv("HUTCH_HTTP__TRUSTED_PROXIES", "10.0.0.0/8,::1")
    environment.setenv("HUTCH_LOG__LEVEL", "DEBUG")
    http = load(HttpSettings)
    assert http.body_limit == 10 * 1024 * 1024
    assert [str(network) for network in http.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert load(LogSettings).level == "debug"


def test_names_are_in_capitals(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("hutch_test_store__ttl", "5")
    assert load(StoreSettings).ttl == 60


# The classes


def test_settings_are_frozen_and_take_no_unknown_field() -> None:
    settings = StoreSettings(ttl=3)
    with pytest.raises(ValidationError, match="frozen"):
        settings.ttl = 4  # type: ignore[misc]
    with pytest.raises(ValidationError, match="tll"):
        StoreSettings(tll=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("show", [repr, str])
def test_repr_shows_no_secret(show: "type[str]") -> None:
    settings = StoreSettings(password="plain-secret", keys=(SecretStr("key-secret"),))
    text = show(settings)
    assert "secret" not in text
    assert "default-pw" not in text
    assert "ttl=60" in text
    assert "url='store://***@host/0'" in text
    assert "password=***" in text


def test_a_class_needs_a_section() -> None:
    with pytest.raises(InvalidDeclaration, match=r"Lost has no section; write class Lost\(Setti"):

        class Lost(Settings):  # pyright: ignore[reportUnusedClass]
            pass


def test_one_section_is_for_one_class() -> None:
    with pytest.raises(InvalidDeclaration) as caught:

        class Thief(Settings, section="test_store"):  # pyright: ignore[reportUnusedClass]
            pass

    assert "Thief claims the settings section 'test_store', which " in str(caught.value)
    assert f"{__name__}.StoreSettings has; choose another section." in str(caught.value)


def test_a_class_may_be_made_again() -> None:
    for _ in range(2):

        class Again(Settings, section="test_again"):  # pyright: ignore[reportUnusedClass]
            pass


# Messages


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
            'HUTCH_TEST_STORE__RETRY__ATTEMPTS=\'{"attempts": "x"}\' '
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


def test_a_further_name_is_named_as_the_place(environment: pytest.MonkeyPatch) -> None:
    class AliasSettings(Settings, section="test_alias"):
        port: Annotated[int, Also("ALIAS_PORT")] = 1

    environment.setenv("ALIAS_PORT", "x")
    assert "HUTCH_TEST_ALIAS__PORT='x' (ALIAS_PORT in the environment): " in refusal(AliasSettings)


# The whole environment


@pytest.mark.parametrize(
    "name",
    [
        "HUTCH_ROLE",
        "HUTCH_HTTP__PORT",
        "HUTCH_TEST_STORE__TTL",
        "HUTCH_TEST_STORE__RETRY__ATTEMPTS",
        "HUTCH_TEST_STORE__LIMITS__ANY",
        "PATH_TO_NOTHING",
    ],
)
def test_known_names_pass(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "1")
    with capture_logs() as lines:
        check_environment([StoreSettings])
    assert lines == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("HUTCH_TEST_STORE__TLL", "HUTCH_TEST_STORE__TTL"),
        ("HUTCH_TEST_STORE__RETRY__ATEMPTS", "HUTCH_TEST_STORE__RETRY__ATTEMPTS"),
        ("HUTCH_TEST_STROE__TTL", "HUTCH_TEST_STORE__TTL"),
        ("HUTCH_test_store__ttl", "HUTCH_TEST_STORE__TTL"),
        ("hutch_role", "HUTCH_ROLE"),
        ("HUTCH_ROLL", "HUTCH_ROLE"),
        ("HUTCH_HTTP_PORT", "HUTCH_HTTP__PORT"),
    ],
)
def test_unknown_names_are_refused(environment: pytest.MonkeyPatch, name: str, near: str) -> None:
    environment.setenv(name, "5")
    with pytest.raises(SettingsError) as caught:
        check_environment([StoreSettings])
    expected = f"{name} (in the environment) is not a setting; did you mean {near}?"
    assert str(caught.value) == expected


def test_the_file_obeys_the_same_rules_and_all_are_named(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("HUTCH_TEST_STORE__TLL=5\n")
    environment.setenv("HUTCH_ZZZZZ", "5")
    with pytest.raises(SettingsError) as caught:
        check_environment([StoreSettings])
    assert str(caught.value).splitlines() == [
        "HUTCH_TEST_STORE__TLL (in .env) is not a setting; did you mean HUTCH_TEST_STORE__TTL?",
        "HUTCH_ZZZZZ (in the environment) is not a setting; remove it.",
    ]


def test_a_module_that_is_not_in_use_is_a_warning(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hutch_idle").mkdir()
    environment.syspath_prepend(tmp_path)  # pyright: ignore[reportUnknownMemberType]
    environment.setenv("HUTCH_TEST_STORE__TTL", "5")
    environment.setenv("HUTCH_IDLE__X", "hush")
    with capture_logs() as lines:
        check_environment([])
    assert [(line["variable"], line["log_level"]) for line in lines] == [
        ("HUTCH_IDLE__X", "warning"),
        ("HUTCH_TEST_STORE__TTL", "warning"),
    ]
    assert lines[0]["event"] == "setting of a module that is not in use"
    assert "hush" not in str(lines)


KNOWN = sorted(variable.name for variable in variables_of(StoreSettings))
LETTERS = string.ascii_uppercase + string.digits + "_.-"


@given(st.sampled_from(KNOWN), st.integers(0, 60), st.sampled_from(LETTERS))
def test_no_single_mistake_passes(name: str, place: int, letter: str) -> None:
    place = place % (len(name) - len("HUTCH_")) + len("HUTCH_")
    wrong = name[:place] + letter + name[place + 1 :]
    known = wrong in KNOWN or wrong.startswith("HUTCH_TEST_STORE__LIMITS__")
    with mock.patch.dict(os.environ, {wrong: "1"}):
        if known:
            check_environment([StoreSettings])
        else:
            with pytest.raises(SettingsError, match="is not a setting"):
                check_environment([StoreSettings])


@given(st.text(LETTERS + "äé/ ", max_size=30))
@example("__")
@example("A.B__C")
@example("")
def test_any_name_passes_or_is_refused_in_our_words(rest: str) -> None:
    variables = {f"HUTCH_{rest}": "1"}
    with mock.patch.dict(os.environ, variables), contextlib.suppress(SettingsError):
        check_environment([])


# .env.example


def test_env_example() -> None:
    assert env_example([StoreSettings, NeedySettings]) == (
        "# Where things are kept.\n"
        "# ----------------------\n"
        "\n"
        "# Seconds that an entry lives.\n"
        "# Longer is cheaper.\n"
        "# HUTCH_TEST_STORE__TTL=60\n"
        "\n"
        "# Also: STORE_URL, OLD_STORE_URL\n"
        "# HUTCH_TEST_STORE__URL=store://me:default-pw@host/0\n"
        "\n"
        "# HUTCH_TEST_STORE__TOKEN=\n"
        "\n"
        "# HUTCH_TEST_STORE__KEYS=\n"
        "\n"
        "# HUTCH_TEST_STORE__PASSWORD=\n"
        "\n"
        "# HUTCH_TEST_STORE__TAGS=a,b\n"
        "\n"
        "# HUTCH_TEST_STORE__LIMITS={}\n"
        "\n"
        "# HUTCH_TEST_STORE__MODE=\n"
        "\n"
        "# How many runs in all.\n"
        "# HUTCH_TEST_STORE__RETRY__ATTEMPTS=3\n"
        "\n"
        "# HUTCH_TEST_STORE__RETRY__PASSWORD=\n"
        "\n"
        "# test_needy\n"
        "# ----------\n"
        "\n"
        "# Required.\n"
        "HUTCH_TEST_NEEDY__NAME=\n"
        "\n"
        "# Required.\n"
        "HUTCH_TEST_NEEDY__KEY=\n"
        "\n"
        "# HUTCH_TEST_NEEDY__PORT=1\n"
    )


def test_the_example_with_its_defaults_changes_nothing() -> None:
    text = env_example([CoreSettings, HttpSettings, LogSettings, StoreSettings])
    opened = [line.removeprefix("# ") if "=" in line else line for line in text.splitlines()]
    Path(".env").write_text("\n".join(opened))
    check_environment([StoreSettings])
    for cls in (CoreSettings, HttpSettings, LogSettings, StoreSettings):
        assert load(cls) == cls.model_construct()

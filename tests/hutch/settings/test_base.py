from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from tests.hutch.settings.stores import StoreSettings, refusal

from hutch.errors import InvalidDeclaration
from hutch.roles import Role
from hutch.settings import CoreSettings, HttpSettings, LogSettings, Profile, Settings, load


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
    assert f"{StoreSettings.__module__}.StoreSettings has; choose another section." in str(
        caught.value
    )


def test_a_class_may_be_made_again() -> None:
    for _ in range(2):

        class Again(Settings, section="test_again"):  # pyright: ignore[reportUnusedClass]
            pass

import contextlib
import os
import string
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tests.hutch.settings.stores import StoreSettings

from hutch.errors import SettingsError
from hutch.settings import check_environment
from hutch.settings.variables import variables_of


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

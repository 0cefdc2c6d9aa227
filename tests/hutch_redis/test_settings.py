from pathlib import Path

import pytest

from hutch.errors import SettingsError
from hutch.settings import load
from hutch_redis import RedisSettings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)
    parts = ("HOST", "PORT", "USERNAME", "PASSWORD", "DB", "TLS")
    for name in ("URL", *parts, "PREFIX", "MAX_MEMORY"):
        monkeypatch.delenv(f"REDIS_{name}", raising=False)
        monkeypatch.delenv(f"HUTCH_REDIS__{name}", raising=False)


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> RedisSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load(RedisSettings)


def test_nothing_set_means_an_embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert found.server() is None
    assert (found.prefix, found.data, found.max_memory) == ("app:", Path(".data"), "1gb")


@pytest.mark.req("R24-01")
def test_the_url_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, REDIS_URL="redis://host:7000/2")
    assert found.server() == "redis://host:7000/2"


@pytest.mark.req("SD-05", "FD-29")
@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"REDIS_HOST": "db"}, "redis://db:6379/0"),
        ({"REDIS_PORT": "7000"}, "redis://localhost:7000/0"),
        ({"REDIS_PASSWORD": "a/b"}, "redis://:a%2Fb@localhost:6379/0"),
        ({"REDIS_DB": "15"}, "redis://localhost:6379/15"),
        ({"REDIS_USERNAME": "a:b", "REDIS_PASSWORD": "c"}, "redis://a%3Ab:c@localhost:6379/0"),
        ({"REDIS_USERNAME": "", "REDIS_HOST": "db"}, "redis://db:6379/0"),
        ({"REDIS_TLS": "true"}, "rediss://localhost:6379/0"),
        ({"REDIS_HOST": "db", "REDIS_PASSWORD": "", "REDIS_TLS": "false"}, "redis://db:6379/0"),
    ],
)
def test_each_part_takes_effect(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str
) -> None:
    assert settings(monkeypatch, **variables).server() == url


@pytest.mark.req("C-31")
@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("HOST", "other", r"the URL and REDIS_HOST disagree \(host and other\)"),
        ("PORT", "1", r"the URL and REDIS_PORT disagree \(6379 and 1\)"),
        ("PASSWORD", "wrong", "the URL and REDIS_PASSWORD disagree; say it in the URL alone"),
        ("USERNAME", "me", r"the URL and REDIS_USERNAME disagree \(None and me\)"),
        ("DB", "3", r"the URL and REDIS_DB disagree \(0 and 3\)"),
        ("TLS", "true", r"the URL and REDIS_TLS disagree \(False and True\)"),
    ],
)
def test_url_and_parts_that_disagree_are_refused(
    monkeypatch: pytest.MonkeyPatch, part: str, value: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        settings(monkeypatch, REDIS_URL="redis://:secret@host", **{f"REDIS_{part}": value})
    assert "secret" not in str(caught.value)
    assert "wrong" not in str(caught.value).removeprefix("1 setting is wrong")


@pytest.mark.parametrize(("part", "value"), [("HOST", "a"), ("PORT", "26379")])
def test_a_part_beside_the_url_of_sentinels_is_refused(
    monkeypatch: pytest.MonkeyPatch, part: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"the URL and REDIS_{part} disagree"):
        settings(monkeypatch, REDIS_URL="redis+sentinel://a/main", **{f"REDIS_{part}": value})


def test_the_case_of_a_host_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, REDIS_URL="redis://Db", REDIS_HOST="DB")
    assert found.server() == "redis://Db"


def test_url_and_parts_may_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "redis://:secret@host:6379/0"
    found = settings(
        monkeypatch, REDIS_URL=url, REDIS_HOST="host", REDIS_PORT="6379", REDIS_PASSWORD="secret"
    )
    assert found.server() == url


@pytest.mark.req("SD-07")
def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, REDIS_URL="redis://:secret@host", REDIS_PASSWORD="secret")
    assert "secret" not in repr(found) + str(found.model_dump())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("REDIS_URL", "localhost:6379", "not a Redis URL; write redis://"),
        ("HUTCH_REDIS__CACHE", "http://secret", "not a Redis URL"),
        ("REDIS_PREFIX", "a*", "at most one ':' at the end"),
        ("REDIS_DB", "16", "less than or equal to 15"),
        ("REDIS_HOST", "redis://:secret@db", "REDIS_HOST.*: not a host; give a name or an IP"),
        ("REDIS_PORT", "0", "greater than or equal to 1"),
        ("HUTCH_REDIS__TIMEOUT", "inf", "finite number"),
        ("HUTCH_REDIS__POOL_SIZE", "0", "greater than or equal to 1"),
        ("REDIS_MAX_MEMORY", "lots", "pattern"),
    ],
)
def test_refuses_a_wrong_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        settings(monkeypatch, **{name: value})
    assert "secret" not in str(caught.value)


@pytest.mark.req("XB-42")
def test_the_most_memory_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, REDIS_MAX_MEMORY="256mb").max_memory == "256mb"


@pytest.mark.req("XB-01")
def test_the_prefix_gets_its_colon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, REDIS_PREFIX="stg").prefix == "stg:"

import pytest

from hutch_database import DatabaseSettings, InvalidUrl
from hutch_database.urls import parse_url


@pytest.mark.parametrize(
    ("written", "driver"),
    [
        ("sqlite:///app.db", "sqlite+aiosqlite"),
        ("sqlite:////var/lib/app.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///app.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/db", "postgresql+asyncpg"),
        ("postgresql://u:p@h:5432/db", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@h/db", "postgresql+asyncpg"),
    ],
)
def test_urls_get_their_async_driver(written: str, driver: str) -> None:
    url = parse_url(written)
    assert url.drivername == driver
    assert url.set(drivername="x") == parse_url(written).set(drivername="x")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("hunter2", "cannot be read; write sqlite:///FILE or postgresql://"),
        ("postgresql://u:p@h:hunter2/db", "percent-encoded"),
        ("postgresql://u:p@hunter2@h/db", "@ is %40"),
        ("mysql://u:hunter2@h/db", r"databases at mysql:// are not supported; use sqlite:///"),
        ("mysql://u:hunter2@h/db", r"hutch\[postgres\]"),
        ("postgresql+psycopg://u:hunter2@h/db", r"postgresql\+psycopg:// are not supported"),
        ("sqlite://app.db", r"three slashes \(sqlite:///app.db\)"),
        ("sqlite://", "in memory exists once per connection"),
        ("sqlite:///:memory:", "in tests one below tmp_path"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory"),
    ],
)
def test_other_urls_are_refused_without_their_password(written: str, message: str) -> None:
    with pytest.raises(InvalidUrl, match=message) as caught:
        parse_url(written)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hutch_database.urls.find_spec", lambda name: None)
    with pytest.raises(InvalidUrl, match=r"asyncpg, which is not installed: .*hutch\[postgres\]"):
        parse_url("postgresql://u:hunter2@h/db")


def test_sslmode_reaches_asyncpg_under_its_name() -> None:
    url = parse_url("postgresql://u:p@h/db?sslmode=require&application_name=x")
    assert dict(url.query) == {"ssl": "require", "application_name": "x"}


def test_settings_hide_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h/db")
    settings = DatabaseSettings()
    assert "hunter2" in settings.url.get_secret_value()
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert "hunter2" not in repr(parse_url(settings.url.get_secret_value()))


def test_the_default_is_a_file_below_dot_data() -> None:
    assert DatabaseSettings().url.get_secret_value() == "sqlite:///.data/hutch.db"
    assert DatabaseSettings().upgrade_at_start is False
